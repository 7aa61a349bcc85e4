/**
 * Keeps secrets out of every line of the log (invariant 12): fields by their name at any depth, errors down to
 * what describes them, and credentials inside texts by their form.
 */

const redacted = '[redacted]';

/** Names of fields whose value is never logged; compared without case, `_` and `-`. */
const secretNames: ReadonlySet<string> = new Set([
  // What homeservers and clients trust us with.
  'pushkey',
  'pushkeys',
  'devicetoken',
  'endpoint',
  'auth',
  'p256dh',
  'data',
  'content',
  'defaultpayload',
  'notification',
  'payload',
  'body',
  // Credentials of ours.
  'token',
  'accesstoken',
  'refreshtoken',
  'idtoken',
  'assertion',
  'jwt',
  'authorization',
  'proxyauthorization',
  'cookie',
  'setcookie',
  'password',
  'passphrase',
  'secret',
  'clientsecret',
  'apikey',
  'privatekey',
]);

/** Fields nested deeper are left out; also what ends a cycle. */
const maxDepth = 6;

/** A copy of the fields that is safe to log. */
export function redactFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return mapFields(fields, 1);
}

/**
 * Hides secrets in a finished line, since messages of libraries quote them: user and password of a URL, what
 * follows an HTTP authentication scheme, and any run of 60 characters and more that no word has (device tokens
 * and the ends of push endpoints are such runs).
 */
export function redactText(line: string): string {
  return line
    .replace(/(?<=:\/\/)[^\s/"'\\@]+(?=@)/g, redacted)
    .replace(/(?<=\b(?:bearer|basic|vapid) )[\w.~+/=-]{8,}/gi, redacted)
    .replace(/[\w:-]{60,}/g, redacted);
}

function mapFields(fields: object, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, redactField(name, value, depth)]),
  );
}

function redactField(name: string, value: unknown, depth: number): unknown {
  if (value === null || value === undefined) return value;
  return secretNames.has(name.replace(/[_-]/g, '').toLowerCase()) ? redacted : redactValue(value, depth);
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > maxDepth) return '[nested too deep]';
  if (value instanceof Error) return describeError(value, depth);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return value.map((element: unknown) => redactValue(element, depth + 1));
  if (value instanceof Date || value instanceof URL) return value;
  return mapFields(value, depth + 1);
}

/**
 * What describes an error and nothing that it carries: HTTP libraries hang whole requests on theirs, headers and
 * all.
 */
function describeError(error: Error, depth: number): Record<string, unknown> {
  const { code, errno, syscall, status, cause, errors } = error as Error & Readonly<Record<string, unknown>>;
  return {
    type: error.name,
    message: error.message,
    stack: error.stack,
    ...plain({ code, errno, syscall, status }),
    ...(cause !== undefined && { cause: redactValue(cause, depth + 1) }),
    ...(Array.isArray(errors) && { errors: redactValue(errors, depth + 1) }),
  };
}

function plain(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => typeof value === 'string' || typeof value === 'number'),
  );
}
