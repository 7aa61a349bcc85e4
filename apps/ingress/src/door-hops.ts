import type { Delivery, Device, NotifyRequest } from '@carillon/core';
import type { HopKind, HopRecorder } from '@carillon/hops';
import type { Admission } from '@carillon/queue';

/** Takes down what becomes of each device at the door, for `carillon trace`. */
export interface DoorHops {
  /** Whether the ordinary hops of this event are kept. */
  samples(eventKey: string | undefined): boolean;
  /** A device that got no delivery. `word` says why, or which `app_id` it was. */
  turnedAway(
    result: 'unknown_app' | 'ignored' | 'ambiguous_app' | 'unusable',
    request: NotifyRequest,
    device: Device,
    at: number,
    word: string,
    app?: string,
  ): void;
  admitted(result: Admission | 'unconfirmed', delivery: Delivery, request: NotifyRequest): void;
}

const kinds = {
  queued: 'queued',
  duplicate: 'duplicate',
  // Badge updates only, which have no event; it would be queued like any other.
  replaced: 'queued',
  rejected: 'known_dead',
  shed: 'shed',
  backlog_full: 'backlog_full',
  unconfirmed: 'unconfirmed',
} as const satisfies Record<Admission | 'unconfirmed', HopKind>;

/** What has no event, such as a badge update, cannot be asked for and leaves no hop. */
export function createDoorHops(recorder: HopRecorder): DoorHops {
  return {
    samples: (eventKey) => recorder.samples(eventKey),
    turnedAway(kind, { eventKey, notification }, { pushkey }, at, word, app) {
      if (eventKey === undefined) return;
      const { roomId: room, sender } = notification;
      recorder.problem({ kind, at, app, word, eventKey, pushkey, room, sender }, eventKey);
    },
    admitted(result, { id, app, lane, acceptedAt, hops, device }, { eventKey, notification }) {
      if (eventKey === undefined) return;
      const kind = kinds[result];
      const { pushkey } = device;
      const { roomId: room, sender } = notification;
      const hop = { kind, at: acceptedAt, app, lane, deliveryId: id, eventKey, pushkey, room, sender };
      if (kind !== 'queued') recorder.problem(hop, eventKey);
      else if (hops !== false) recorder.ordinary(hop);
    },
  };
}
