import { isObject, parseObject } from '@carillon/sending';
import type { AnswerFacts, JsonObject } from '@carillon/sending';

/** What an HTTP answer of FCM says. */
export interface FcmAnswer extends AnswerFacts {
  /** `errorCode` of the FcmError detail, or `none`. */
  readonly word: string;
  readonly detail?: Detail;
  /** FCM's name of the message, when it took it: `projects/…/messages/…`. */
  readonly name?: string;
  /** The field that a BadRequest detail blames, such as `message.data[3].value`. Safe to log: holds no value. */
  readonly field?: string;
}

type Detail =
  /** The message text is about the registration token, and no field is named. */
  | 'token'
  /** The field that is named is the token's, and no other is. */
  | 'token_field'
  | 'field'
  | 'device_quota'
  | 'project_quota'
  | 'api_disabled'
  | 'no_permission'
  /** The body is not the JSON it should be. */
  | 'unreadable';

const fcmError = 'type.googleapis.com/google.firebase.fcm.v1.FcmError';
const badRequest = 'type.googleapis.com/google.rpc.BadRequest';
const quotaFailure = 'type.googleapis.com/google.rpc.QuotaFailure';
const errorInfo = 'type.googleapis.com/google.rpc.ErrorInfo';

/**
 * Google says bad token and bad payload with the same status and code. What means the token
 * is a BadRequest that blames the token's field alone, or, without any, a message text about the token: "too big",
 * "reserved key" and others share the code.
 * Source: FCM Error Codes, "REST error codes for the HTTP v1 API".
 */
const aboutToken = /registration[ -]token|registration id|installation id/i;
/** Older answers say it without a detail. */
const senderMismatch = /^sender ?id mismatch/i;

/** Reads an answer of FCM. Never throws: the body may be empty, HTML, or any JSON. */
export function readAnswer(status: number, body: string): FcmAnswer {
  const json = parseObject(body);
  if (json === undefined) return { status, word: 'none', detail: 'unreadable' };
  if (status >= 200 && status < 300) {
    const { name } = json;
    return { status, word: 'none', ...(typeof name === 'string' && { name }) };
  }
  const error = isObject(json['error']) ? json['error'] : {};
  const message = typeof error['message'] === 'string' ? error['message'] : '';
  const details = Array.isArray(error['details']) ? error['details'].filter(isObject) : [];
  const code = ofType(details, fcmError)?.['errorCode'];
  const fields = blamedFields(details);
  const field = fields.find((name) => fieldForm.test(name));
  const word =
    typeof code === 'string' && code !== ''
      ? code
      : status === 403 && senderMismatch.test(message)
        ? 'SENDER_ID_MISMATCH'
        : 'none';
  const detail = detailOf(details, fields, message);
  return {
    status,
    word,
    ...(detail !== undefined && { detail }),
    ...(field !== undefined && { field }),
  };
}

function ofType(details: readonly JsonObject[], type: string): JsonObject | undefined {
  return details.find((detail) => detail['@type'] === type);
}

function detailOf(
  details: readonly JsonObject[],
  fields: readonly string[],
  message: string,
): Detail | undefined {
  if (fields.length > 0 && fields.every((field) => tokenField.test(field))) return 'token_field';
  if (ofType(details, badRequest) !== undefined) return 'field';
  const quota = quotaText(details);
  // The device before the project: a violation may name both.
  if (/device|token|registration/i.test(quota)) return 'device_quota';
  if (/project|consumer/i.test(quota)) return 'project_quota';
  if (aboutToken.test(message)) return 'token';
  return errorReasons.get(String(ofType(details, errorInfo)?.['reason']));
}

/** Google's reasons in an ErrorInfo (google.api.ErrorReason) that tell causes of one status apart. */
const errorReasons: ReadonlyMap<string, Detail> = new Map([
  ['SERVICE_DISABLED', 'api_disabled'],
  ['IAM_PERMISSION_DENIED', 'no_permission'],
]);

/** Which quota, in Google's words: of a QuotaFailure, or of the ErrorInfo that its API front ends send instead. */
function quotaText(details: readonly JsonObject[]): string {
  const violations = ofType(details, quotaFailure)?.['violations'];
  if (Array.isArray(violations))
    return violations
      .filter(isObject)
      .map(({ subject, description }) => `${String(subject)} ${String(description)}`)
      .join(' ');
  const info = ofType(details, errorInfo);
  return info?.['reason'] === 'RATE_LIMIT_EXCEEDED' && isObject(info['metadata'])
    ? Object.keys(info['metadata']).join(' ')
    : '';
}

/** Where the target of a message stands: `token`, or `fid` for an installation ID. */
const tokenField = /^message\.(?:token|fid)$/;
/** Without a value of ours. */
const fieldForm = /^[a-z_.[\]0-9]{1,80}$/i;

/** The fields that a BadRequest blames; a violation without a readable one counts as a field that we do not know. */
function blamedFields(details: readonly JsonObject[]): readonly string[] {
  const violations = ofType(details, badRequest)?.['fieldViolations'];
  return Array.isArray(violations)
    ? violations.map((violation: unknown) => (isObject(violation) ? String(violation['field']) : ''))
    : [];
}
