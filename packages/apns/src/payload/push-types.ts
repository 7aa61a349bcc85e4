/**
 * The values of `apns-push-type`: what each asks of the topic, the size and the priority.
 * Source: Apple, "Sending notification requests to APNs", sections on push types and payload size.
 */
export interface PushType {
  /** Stands behind the bundle ID in `apns-topic`. */
  readonly suffix: string;
  /** Bytes of the JSON payload. */
  readonly maxBytes: number;
  /** The only priority that APNs takes with it. */
  readonly priority?: 5;
  /** Client certificates do not cover it. */
  readonly needsToken?: true;
}

export const pushTypes = {
  alert: { suffix: '', maxBytes: 4096 },
  background: { suffix: '', maxBytes: 4096, priority: 5 },
  voip: { suffix: '.voip', maxBytes: 5120 },
  complication: { suffix: '.complication', maxBytes: 4096 },
  fileprovider: { suffix: '.pushkit.fileprovider', maxBytes: 4096 },
  liveactivity: { suffix: '.push-type.liveactivity', maxBytes: 4096 },
  location: { suffix: '.location-query', maxBytes: 4096, needsToken: true },
  pushtotalk: { suffix: '.voip-ptt', maxBytes: 4096 },
  widgets: { suffix: '.push-type.widgets', maxBytes: 4096 },
  controls: { suffix: '.push-type.controls', maxBytes: 4096 },
  /** Its topic is the UID of the MDM certificate. */
  mdm: { suffix: '', maxBytes: 4096 },
} as const satisfies Readonly<Record<string, PushType>>;

export type PushTypeName = keyof typeof pushTypes;

export const pushTypeNames = Object.keys(pushTypes) as [PushTypeName, ...PushTypeName[]];

/** The topic with its suffix, which operators coming from Sygnal have written into it already. */
export function topicFor(topic: string, pushType: PushTypeName): string {
  const { suffix } = pushTypes[pushType];
  return topic.endsWith(suffix) ? topic : topic + suffix;
}
