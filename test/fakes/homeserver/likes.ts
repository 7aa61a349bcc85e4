import type { GatewayAnswer, Transport } from './pushing/gateway.ts';
import {
  dendriteBodies,
  draftBodies,
  synapseBodies,
  tuwunelBodies,
  type Bodies,
} from './pushing/notify-body.ts';
import type { PusherRules } from './world/pushers.ts';

export const likeNames = ['synapse', 'dendrite', 'tuwunel', 'draft'] as const;
export type LikeName = (typeof likeNames)[number];

/** How one homeserver deals with push gateways. */
export interface Like {
  readonly bodies: Bodies;
  readonly transport: Transport;
  readonly pushers: PusherRules;
  /** What `counts.unread` counts. */
  readonly unread: 'rooms' | 'notifications';
  /** Whether a push waits for the one before it. */
  readonly inOrder: boolean;
  /** Milliseconds until the next try after so many; undefined: there is none. */
  retryAfterMs(tries: number, firstMs: number): number | undefined;
  /** How long an event is tried. */
  readonly giveUpAfterMs: number;
  /** What an answer means: `stuck` waits for the next event. */
  judge(answer: GatewayAnswer): Verdict;
  /** Whether a badge call's `rejected` counts too. */
  readonly heedsRejectedBadges: boolean;
  /** Whether the client must say who owns its pusher: the first draft's `instance_handle`. */
  readonly wantsInstanceHandle: boolean;
}

export type Verdict = 'delivered' | 'failed' | 'stuck';

const day = 86_400_000;
const longestWaitMs = 3_600_000;

const synapse: Like = {
  bodies: synapseBodies,
  transport: { userAgent: 'Synapse/1.163.2 (stand-in)', keepMs: 120_000, headWithinMs: 60_000 },
  pushers: { key: 'app_id and pushkey', removesOfOthers: true },
  unread: 'rooms',
  inOrder: true,
  retryAfterMs: (tries, firstMs) => Math.min(firstMs * 2 ** (tries - 1), longestWaitMs),
  giveUpAfterMs: day,
  judge({ status, json }) {
    if (status < 200 || status > 299 || json === undefined) return 'failed';
    if (typeof json !== 'object' || json === null) return 'stuck';
    return 'rejected' in json && json.rejected === false ? 'failed' : 'delivered';
  },
  heedsRejectedBadges: false,
  wantsInstanceHandle: false,
};

const dendrite: Like = {
  ...synapse,
  bodies: dendriteBodies,
  transport: { userAgent: 'Go-http-client/1.1', keepMs: 0, headWithinMs: 30_000 },
  unread: 'notifications',
  inOrder: false,
  retryAfterMs: () => undefined,
  judge: ({ status, json }) => (status === 200 && json !== undefined ? 'delivered' : 'failed'),
};

const tuwunel: Like = {
  ...synapse,
  bodies: tuwunelBodies,
  transport: { userAgent: 'Tuwunel/1.9.0 (stand-in)', keepMs: 15_000, headWithinMs: 35_000 },
  pushers: { key: 'pushkey', removesOfOthers: false },
  unread: 'notifications',
  inOrder: false,
  // 3 to 6 minutes, then 12 to 24, and so on for ever: 180 times the second that others begin with.
  retryAfterMs: (tries, firstMs) => Math.min(180 * firstMs * tries ** 2, day) * (1 + Math.random()),
  giveUpAfterMs: Infinity,
  judge: ({ status, json }) =>
    status >= 200 && status <= 299 && typeof json === 'object' && json !== null && 'rejected' in json
      ? 'delivered'
      : 'failed',
  heedsRejectedBadges: true,
};

const draft: Like = {
  ...synapse,
  bodies: draftBodies,
  transport: { ...synapse.transport, userAgent: 'Synapse/0.6.1 (stand-in)' },
  unread: 'notifications',
  wantsInstanceHandle: true,
};

export const likes: Readonly<Record<LikeName, Like>> = { synapse, dendrite, tuwunel, draft };
