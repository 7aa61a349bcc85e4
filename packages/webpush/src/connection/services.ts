/** The push services of the browsers, and what each of them wants otherwise than the others. */
export interface PushService {
  readonly name: ServiceName;
  /** Globs over the host names of its endpoints. */
  readonly hosts: readonly string[];
  /** Bytes of plaintext that surely arrive. */
  readonly maxPlaintextBytes: number;
  /**
   * Whether events may carry a `Topic` of their own, so that a second copy replaces the first. Not with Google:
   * its topics become collapse keys, of which a phone that is offline keeps four. Not with Microsoft or anybody
   * else: nothing says what becomes of many topics there.
   */
  readonly topicForEachEvent: boolean;
}

export type ServiceName = 'mozilla' | 'google' | 'microsoft' | 'apple' | 'other';

/** 4096 bytes of body, less 86 of header, 1 of delimiter and 16 of tag (RFC 8291, section 4). */
const maxPlaintextBytes = 3993;

/** Sources: the services' own pages; the hosts are those that the browsers' subscriptions name. */
export const pushServices: readonly PushService[] = [
  {
    name: 'mozilla',
    hosts: ['updates.push.services.mozilla.com'],
    // Firefox on Android is reached through FCM, which leaves 2744 bytes of body, and no endpoint says so
    // (autopush-rs, docs/src/http.md).
    maxPlaintextBytes: 2641,
    topicForEachEvent: true,
  },
  { name: 'google', hosts: ['fcm.googleapis.com'], maxPlaintextBytes, topicForEachEvent: false },
  { name: 'microsoft', hosts: ['*.notify.windows.com'], maxPlaintextBytes, topicForEachEvent: false },
  { name: 'apple', hosts: ['*.push.apple.com'], maxPlaintextBytes, topicForEachEvent: true },
];

/** Push servers that people run themselves: UnifiedPush, autopush. */
export const otherService: PushService = {
  name: 'other',
  hosts: [],
  maxPlaintextBytes,
  topicForEachEvent: false,
};
