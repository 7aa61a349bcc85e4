import type { FcmAnswer } from './answers.ts';

/** A message as FCM reads it, once it has passed the checks. */
export interface FcmMessage {
  readonly token?: string;
  readonly fid?: string;
  readonly data?: Readonly<Record<string, string>>;
  readonly android?: {
    readonly priority?: string;
    readonly ttl?: string;
    readonly collapse_key?: string;
    readonly [key: string]: unknown;
  };
  readonly [key: string]: unknown;
}

export type Checked =
  | { readonly ok: true; readonly message: FcmMessage; readonly validateOnly: boolean }
  | { readonly ok: false; readonly answer: FcmAnswer };

const maxPayloadBytes = 4096;
const maxTtlSeconds = 2_419_200;
const targets = ['token', 'fid', 'topic', 'condition'] as const;
const messageKeys: ReadonlySet<string> = new Set([
  ...targets,
  ...'name data notification android webpush apns fcm_options fcmOptions'.split(' '),
]);
/** Proto JSON takes both spellings of a field. */
const androidKeys: ReadonlySet<string> = new Set(
  (
    'collapse_key collapseKey priority ttl restricted_package_name restrictedPackageName data notification ' +
    'fcm_options fcmOptions direct_boot_ok directBootOk bandwidth_constrained_ok bandwidthConstrainedOk ' +
    'restricted_satellite_ok restrictedSatelliteOk'
  ).split(' '),
);

/**
 * What FCM refuses a message for: unknown fields, not exactly one target, data that are no strings, reserved
 * keys, more than 4096 bytes, a TTL out of range. Every refusal names its field.
 * Source: REST reference of projects.messages and the table of error codes.
 */
export function checkMessage(body: string): Checked {
  let request: unknown;
  try {
    request = JSON.parse(body);
  } catch {
    return invalid('', 'Invalid JSON payload received. Unexpected token.');
  }
  if (!isObject(request)) return invalid('', 'Invalid JSON payload received.');
  for (const key of Object.keys(request))
    if (key !== 'message' && key !== 'validate_only' && key !== 'validateOnly') return unknownName(key, '');
  const message = request['message'];
  if (!isObject(message)) return invalid('message', 'Missing message');
  return (
    checkTarget(message) ??
    checkNames(message, messageKeys, 'message') ??
    checkData(message['data'], 'message.data') ??
    checkAndroid(message['android']) ??
    checkSize(message) ?? {
      ok: true,
      message,
      validateOnly: request['validate_only'] === true || request['validateOnly'] === true,
    }
  );
}

function checkTarget(message: Fields): Checked | undefined {
  const given = targets.filter((target) => Object.hasOwn(message, target));
  const [target] = given;
  if (target === undefined || given.length > 1)
    return invalid('message', 'Exactly one target of token, fid, topic or condition must be specified');
  const value = message[target];
  if (typeof value !== 'string' || value === '')
    return invalid(`message.${target}`, `Invalid value at 'message.${target}' (TYPE_STRING)`);
  return undefined;
}

function checkNames(object: Fields, known: ReadonlySet<string>, path: string): Checked | undefined {
  for (const key of Object.keys(object)) if (!known.has(key)) return unknownName(key, path);
  return undefined;
}

function checkData(data: unknown, path: string): Checked | undefined {
  if (data === undefined) return undefined;
  if (!isObject(data)) return invalid(path, `Invalid value at '${path}'`);
  for (const [index, [key, value]] of Object.entries(data).entries()) {
    const at = `${path}[${index}].value`;
    if (typeof value !== 'string') return invalid(at, `Invalid value at '${at}' (TYPE_STRING)`);
    if (!key.isWellFormed() || !value.isWellFormed()) return invalid(at, 'Invalid UTF-8');
    if (key === 'from' || key === 'message_type' || key.startsWith('google') || key.startsWith('gcm'))
      return invalid(path, `Invalid data payload key: ${key}`, 'INVALID_ARGUMENT');
  }
  return undefined;
}

function checkAndroid(android: unknown): Checked | undefined {
  if (android === undefined) return undefined;
  if (!isObject(android)) return invalid('message.android', "Invalid value at 'message.android'");
  const priority = android['priority'];
  if (priority !== undefined && !(typeof priority === 'string' && /^(normal|high)$/i.test(priority)))
    return invalid('message.android.priority', "Invalid value at 'message.android.priority'");
  const ttl = android['ttl'];
  if (ttl !== undefined) {
    const seconds = typeof ttl === 'string' && /^\d+(\.\d{1,9})?s$/.test(ttl) ? Number(ttl.slice(0, -1)) : -1;
    if (seconds < 0 || seconds > maxTtlSeconds)
      return invalid('message.android.ttl', 'Invalid TTL: must be from 0 to 2419200 s', 'INVALID_ARGUMENT');
  }
  return (
    checkNames(android, androidKeys, 'message.android') ?? checkData(android['data'], 'message.android.data')
  );
}

/** FCM gives no BadRequest detail for this one: only the code that a bad token gets as well. */
function checkSize(message: Fields): Checked | undefined {
  let bytes =
    message['notification'] === undefined ? 0 : Buffer.byteLength(JSON.stringify(message['notification']));
  for (const [key, value] of Object.entries(isObject(message['data']) ? message['data'] : {}))
    bytes += Buffer.byteLength(key) + Buffer.byteLength(String(value));
  if (bytes <= maxPayloadBytes) return undefined;
  return {
    ok: false,
    answer: { status: 400, errorCode: 'INVALID_ARGUMENT', message: 'Android message is too big' },
  };
}

type Fields = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unknownName(name: string, path: string): Checked {
  return invalid(
    path,
    `Invalid JSON payload received. Unknown name "${name}" at '${path}': Cannot find field.`,
  );
}

function invalid(field: string, message: string, errorCode?: string): Checked {
  return {
    ok: false,
    answer: { status: 400, message, field, ...(errorCode !== undefined && { errorCode }) },
  };
}
