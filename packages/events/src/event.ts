import { createHmac } from 'node:crypto';
import type { OperatorEvent } from '@carillon/core';

/** CloudEvents 1.0 in its JSON form. */
export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly data: Readonly<Record<string, unknown>>;
}

export interface CloudEventOptions {
  readonly source: string;
  /** Makes fingerprints, so that one who knows it can make the same. */
  readonly secret: Buffer;
  /** Whether pushkeys and event ids stand beside their fingerprints. */
  readonly plain: boolean;
}

/** No text of strangers is longer in an event. */
const mostText = 256;

/** Makes CloudEvents of what happens in one process. Their ids are unique together with `source`. */
export function createCloudEvents({
  source,
  secret,
  plain,
}: CloudEventOptions): (event: OperatorEvent) => CloudEvent {
  let count = 0;
  const fingerprint = (text: string): string =>
    createHmac('sha256', secret).update(text).digest('base64url').slice(0, 22);

  return ({ kind, app, at, pushkey, eventId, facts }) => ({
    specversion: '1.0',
    id: String((count += 1)),
    source,
    type: `carillon.${kind}`,
    subject: app,
    time: new Date(at).toISOString(),
    datacontenttype: 'application/json',
    data: {
      app,
      ...Object.fromEntries(
        Object.entries(facts).map(([name, value]) => [
          name,
          typeof value === 'string' ? value.slice(0, mostText) : value,
        ]),
      ),
      ...(pushkey !== undefined && { pushkey_fingerprint: fingerprint(pushkey) }),
      ...(eventId !== undefined && { event_fingerprint: fingerprint(eventId) }),
      ...(plain && pushkey !== undefined && { pushkey }),
      ...(plain && eventId !== undefined && { event_id: eventId.slice(0, mostText) }),
    },
  });
}
