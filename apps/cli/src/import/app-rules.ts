import { none, same, sameText, type Rules, type Setting, type Taken } from './note.ts';

/** How the apps of one of Sygnal's types are taken over. */
export interface AppRules {
  /** The type here. */
  readonly type: string;
  readonly rules: Rules;
  /** What is to be said of an app whatever its file says, given the keys that it has. */
  readonly always: (keys: Readonly<Record<string, unknown>>) => readonly (Taken & { readonly key: string })[];
  /** Lines for the app's entry that are commented out. */
  readonly hints: readonly string[];
}

const limits: Rules = {
  inflight_request_limit: none(
    'nothing is turned away for being too much at once: it waits; `worker.concurrency` bounds the sends in flight',
  ),
  max_connections: none('connections are opened as they are needed'),
};

/** Sygnal's types. A type with a dot is a Python class of the operator's own. */
export const appRules: Readonly<Record<string, AppRules>> = {
  apns: {
    type: 'apns',
    rules: {
      ...limits,
      certfile: same(
        'certfile',
        'the same; `carillon check` tells whether certificate, key and environment fit',
      ),
      keyfile: same('keyfile'),
      key_id: sameText('key_id'),
      team_id: sameText('team_id'),
      topic: same('topic', 'the same; the suffix of a push type, such as .voip, is added if it is not there'),
      platform: same('platform'),
      push_type: (value) =>
        value === 'voip'
          ? {
              kind: 'differs',
              text: 'only calls go out, since iOS ends an app that takes a VoIP push and reports no call; `voip_all: true` for all, as Sygnal does',
              set: [{ key: 'push_type', value }],
            }
          : same('push_type')(value),
      convert_device_token_to_hex: same('convert_device_token_to_hex'),
      send_badge_counts: same('send_badge_counts'),
    },
    always: () => [
      {
        key: '',
        kind: 'differs',
        text: 'alerts with a loc-key get the sound of the push rule and are grouped by room, unless default_payload sets its own; apns-push-type, -priority and -expiration are always sent',
      },
    ],
    hints: ["sound: false # Sygnal's silence", "thread_id: false # Sygnal's way: not grouped by room"],
  },
  gcm: {
    type: 'fcm',
    rules: {
      ...limits,
      project_id: same('project_id'),
      service_account_file: same('service_account_file'),
      api_version: (value) =>
        value === 'v1'
          ? { kind: 'same', text: 'there is no other version; left out' }
          : { kind: 'none', text: 'Google has shut the legacy API down' },
      api_key: none('API keys belonged to the legacy API, which Google has shut down'),
      fcm_options: (value) => {
        const { options, lost } = withoutTargets(value);
        const set: readonly Setting[] = [{ key: 'fcm_options', value: options }];
        if (lost.length === 0) return { kind: 'same', text: 'the same, beneath what Carillon sets', set };
        const text = `without ${lost.join(' and ')}: a message goes to the pushkey, and its data are those of the notification`;
        return { kind: 'differs', text, set };
      },
      send_badge_counts: same('send_badge_counts'),
    },
    always: (keys) => [
      ...(keys['service_account_file'] === undefined
        ? [
            {
              key: 'service_account_file',
              kind: 'decide' as const,
              text: 'is missing: the legacy API is gone. Make a service account in Firebase that may send, and name its JSON key',
              set: [
                {
                  key: 'service_account_file',
                  value: 'service-account.json',
                  comment: 'to be made: Sygnal used the legacy API',
                },
              ],
            },
          ]
        : []),
      {
        key: '',
        kind: 'differs',
        text: 'counts of 0 are sent in badge updates; values of default_payload that are no texts are sent as JSON texts; reserved keys are left out; messages are cut to 4096 bytes',
      },
    ],
    hints: [],
  },
  webpush: {
    type: 'webpush',
    rules: {
      ...limits,
      vapid_private_key: same('vapid_private_key'),
      vapid_contact_email: same('vapid_contact_email'),
      allowed_endpoints: same(
        'allowed_endpoints',
        'the same: `host` is port 443, other ports are `host:port`',
      ),
      ttl: same('ttl', 'the same, in seconds'),
    },
    always: (keys) => [
      ...(keys['allowed_endpoints'] === undefined
        ? [
            {
              key: 'allowed_endpoints',
              kind: 'decide' as const,
              text: 'is missing: Sygnal then sends to any host that a client names, Carillon to the push services of the browsers alone. List your push servers if you have some',
            },
          ]
        : []),
      {
        key: '',
        kind: 'differs',
        text: 'a 4xx of a push service rejects the pushkey only where it says that the subscription is gone (404, 410); addresses inside your network are refused unless `allow_private_endpoints` has them',
      },
    ],
    hints: [],
  },
};

/** What may not stand in `fcm_options`, taken out. */
function withoutTargets(value: unknown): { readonly options: unknown; readonly lost: readonly string[] } {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { options: value, lost: [] };
  const isLost = (key: string) => ['token', 'fid', 'topic', 'condition', 'data'].includes(key);
  const entries = Object.entries(value);
  return {
    options: Object.fromEntries(entries.filter(([key]) => !isLost(key))),
    lost: entries.map(([key]) => key).filter(isLost),
  };
}
