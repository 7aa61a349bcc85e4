/**
 * What the fake answers to a send, and the exact JSON of it. Shapes: FCM "Error codes for the HTTP v1 API"
 * https://firebase.google.com/docs/cloud-messaging/error-codes and google.rpc.Status.
 */
export interface FcmAnswer {
  /** Default 200. */
  readonly status?: number;
  /** Of the FcmError detail; without one there is no such detail. */
  readonly errorCode?: string;
  /** google.rpc code name; default by status. */
  readonly googleStatus?: string;
  readonly message?: string;
  /** Adds a BadRequest detail that blames this field, or each of several. */
  readonly field?: string | readonly string[];
  /** Adds an ApnsError detail with this reason. */
  readonly apnsReason?: string;
  /** Adds a QuotaFailure detail for this quota. */
  readonly quota?: 'device' | 'project' | 'topic';
  /** Reason of an ErrorInfo detail, such as `ACCESS_TOKEN_EXPIRED`. */
  readonly errorInfo?: string;
  /** The `Retry-After` header as it is sent: seconds or an HTTP date. */
  readonly retryAfter?: string | number;
  /** Sent instead of JSON; may be empty or HTML. */
  readonly body?: string;
  readonly contentType?: string;
  readonly delayMs?: number;
  /** Never answers. */
  readonly hang?: boolean;
  /** Ends the stream without an answer. */
  readonly reset?: boolean;
  /** Ends it as not looked at (REFUSED_STREAM): it may be sent again. */
  readonly refuse?: boolean;
  /** When scripted for a token: for so many requests, after which the token is fine again. */
  readonly times?: number;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const jsonHeaders = { 'content-type': 'application/json; charset=UTF-8' } as const;

export function acceptedAnswer(project: string, number: number): HttpAnswer {
  return {
    status: 200,
    headers: jsonHeaders,
    body: `{\n  "name": "projects/${project}/messages/0:${number}%c0ffee"\n}\n`,
  };
}

const statusNames: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
};

const codeMessages: Readonly<Record<string, string>> = {
  INVALID_ARGUMENT: 'The registration token is not a valid FCM registration token',
  UNREGISTERED: 'Requested entity was not found.',
  SENDER_ID_MISMATCH: 'SenderId mismatch',
  QUOTA_EXCEEDED: 'Quota exceeded.',
  THIRD_PARTY_AUTH_ERROR: 'Auth error from APNS or Web Push Service',
  UNAVAILABLE: 'The service is currently unavailable.',
  INTERNAL: 'Internal error encountered.',
};

const statusMessages: Readonly<Record<number, string>> = {
  400: 'Request contains an invalid argument.',
  401: 'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
  403: "Permission 'cloudmessaging.messages.create' denied on the resource (or it may not exist).",
  404: 'Requested entity was not found.',
  429: 'Resource has been exhausted (e.g. check quota).',
};

const quotaSubjects = {
  device: { subject: 'device', description: 'Device message rate exceeded' },
  project: { subject: 'project:example-project', description: 'Project quota exceeded: messages per minute' },
  topic: { subject: 'topic', description: 'Topic message rate exceeded' },
} as const;

export function httpAnswer(answer: FcmAnswer): HttpAnswer {
  const status = answer.status ?? 200;
  const headers: Record<string, string> = {
    ...jsonHeaders,
    ...(answer.contentType !== undefined && { 'content-type': answer.contentType }),
    ...(answer.retryAfter !== undefined && { 'retry-after': String(answer.retryAfter) }),
  };
  return { status, headers, body: answer.body ?? JSON.stringify(errorBody(status, answer), null, 2) };
}

function errorBody(status: number, answer: FcmAnswer): object {
  const message =
    answer.message ??
    (answer.errorCode === undefined ? undefined : codeMessages[answer.errorCode]) ??
    statusMessages[status] ??
    'Error';
  const details: object[] = [];
  if (answer.errorCode !== undefined)
    details.push({
      '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError',
      errorCode: answer.errorCode,
    });
  if (answer.field !== undefined)
    details.push({
      '@type': 'type.googleapis.com/google.rpc.BadRequest',
      fieldViolations: [answer.field].flat().map((field) => ({ field, description: message })),
    });
  if (answer.apnsReason !== undefined)
    details.push({
      '@type': 'type.googleapis.com/google.firebase.fcm.v1.ApnsError',
      statusCode: status,
      reason: answer.apnsReason,
    });
  if (answer.quota !== undefined)
    details.push({
      '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
      violations: [quotaSubjects[answer.quota]],
    });
  if (answer.errorInfo !== undefined)
    details.push({
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: answer.errorInfo,
      domain: 'googleapis.com',
      metadata: { service: 'fcm.googleapis.com' },
    });
  return {
    error: {
      code: status,
      message,
      status: answer.googleStatus ?? statusNames[status] ?? 'UNKNOWN',
      ...(details.length > 0 && { details }),
    },
  };
}
