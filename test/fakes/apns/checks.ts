/** What APNs finds wrong with a request by itself. Sources: Apple's "Sending notification requests to APNs". */
export interface Refusal {
  readonly status: number;
  readonly reason: string;
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Push type → what stands behind the bundle ID in its topic. `mdm` has a topic of its own. */
const topicSuffixes: Readonly<Record<string, string>> = {
  alert: '',
  background: '',
  voip: '.voip',
  complication: '.complication',
  fileprovider: '.pushkit.fileprovider',
  liveactivity: '.push-type.liveactivity',
  location: '.location-query',
  pushtotalk: '.voip-ptt',
  widgets: '.push-type.widgets',
  controls: '.push-type.controls',
};

/** Method and path: the device token, or what is wrong. */
export function readPath(headers: Headers): { readonly token: string } | Refusal {
  if (headers[':method'] !== 'POST') return { status: 405, reason: 'MethodNotAllowed' };
  const path = String(headers[':path']);
  if (!path.startsWith('/3/device/') || path.includes('/', 10)) return { status: 404, reason: 'BadPath' };
  const token = path.slice(10);
  return token === '' ? bad('MissingDeviceToken') : { token };
}

/** Headers, token form and size. `topics` are bundle IDs without suffix. */
export function checkRequest(
  headers: Headers,
  token: string,
  bodyBytes: number,
  topics: ReadonlySet<string>,
): Refusal | undefined {
  const pushType = headers['apns-push-type'];
  const suffix = typeof pushType === 'string' ? topicSuffixes[pushType] : undefined;
  if (suffix === undefined && pushType !== 'mdm') return bad('InvalidPushType');
  const topic = headers['apns-topic'];
  if (topic === undefined) return bad('MissingTopic');
  if (suffix !== undefined && !isAllowed(String(topic), suffix, topics)) return bad('TopicDisallowed');

  const priority = headers['apns-priority'];
  if (priority !== undefined && priority !== '10' && priority !== '5' && priority !== '1')
    return bad('BadPriority');
  if (pushType === 'background' && priority !== '5') return bad('BadPriority');
  const id = headers['apns-id'];
  if (id !== undefined && !/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/.test(String(id)))
    return bad('BadMessageId');
  const expiration = headers['apns-expiration'];
  if (expiration !== undefined && !/^\d{1,10}$/.test(String(expiration))) return bad('BadExpirationDate');
  const collapseId = headers['apns-collapse-id'];
  if (collapseId !== undefined && Buffer.byteLength(String(collapseId)) > 64) return bad('BadCollapseId');

  if (bodyBytes === 0) return bad('PayloadEmpty');
  if (bodyBytes > (pushType === 'voip' ? 5120 : 4096)) return { status: 413, reason: 'PayloadTooLarge' };
  if (!/^([0-9a-f]{2}){8,}$/i.test(token)) return bad('BadDeviceToken');
  return undefined;
}

/**
 * The body: a JSON object, and of the kind that its push type says. Apple: when they differ, APNs "may return an
 * error, delay the delivery or drop it altogether"; the stand-in is strict and returns the error.
 */
export function checkPayload(headers: Headers, body: string): Refusal | undefined {
  const payload = readObject(body);
  if (payload === undefined) return bad('PayloadEmpty');
  if (headers['apns-push-type'] !== 'background') return undefined;
  const { aps } = payload;
  if (typeof aps !== 'object' || aps === null) return undefined;
  return 'alert' in aps || 'badge' in aps || 'sound' in aps ? bad('InvalidPushType') : undefined;
}

function readObject(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function isAllowed(topic: string, suffix: string, topics: ReadonlySet<string>): boolean {
  return topic.endsWith(suffix) && topics.has(topic.slice(0, topic.length - suffix.length));
}

function bad(reason: string): Refusal {
  return { status: 400, reason };
}
