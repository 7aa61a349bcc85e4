import { randomBytes } from 'node:crypto';
import {
  deliveryIdentity,
  laneOf,
  withAddress,
  type AppMatcher,
  type Delivery,
  type Device,
  type MaxAge,
  type Notification,
  type NotifyRequest,
} from '@carillon/core';
import type { AdmissionDesk, ReplyDesk } from '@carillon/queue';
import type { DeviceResult } from '@carillon/runtime';
import { boundCopies } from './bounded-copies.ts';
import type { DoorHops } from './door-hops.ts';

/** An app as the intake needs to know it. */
export interface IntakeApp {
  readonly name: string;
  readonly maxAgeMs: MaxAge;
  readonly maxBacklog: number;
  readonly maxBacklogBytes: number;
  /** Why the registration can never be sent to; undefined for a good one. */
  readonly unusable?: (device: Device) => string | undefined;
  /** The one spelling of a pushkey that can be written in several ways. */
  readonly spelling?: (pushkey: string) => string;
  /** What of its `data` the device is delivered to, where its pushkey does not say it. */
  readonly address?: (device: Device) => string | undefined;
  /** Leaves out what no phone of the app's type can be shown. The same function for all apps of a type. */
  readonly trim?: (notification: Notification) => Notification;
  /** Other rules for the registrations that it takes. */
  readonly second?: { takes(device: Device): boolean; readonly app: IntakeApp };
}

export interface IntakeOptions {
  readonly apps: AppMatcher<IntakeApp>;
  readonly admissions: AdmissionDesk;
  readonly replies: ReplyDesk;
  readonly unknownApp: 'reject' | 'ignore';
  readonly testPushWaitMs: number;
  /** `app` is the entry's name, or undefined where none was found. */
  readonly count: (app: string | undefined, result: DeviceResult) => void;
  /** For `carillon trace`. */
  readonly hops: DoorHops;
  /** Milliseconds since 1970; default: the machine's own time. */
  readonly now?: () => number;
}

/** An app has more waiting than its `max_backlog` or `max_backlog_memory` allows, so that a device of a request was not taken. */
export class BacklogFull extends Error {
  constructor(app: string) {
    super(`More waits for ${app} than its max_backlog or max_backlog_memory allows`);
    this.name = 'BacklogFull';
  }
}

export interface Intake {
  /** Resolves to the pushkeys to reject; rejects when not every device was taken, with `BacklogFull` if that is why. */
  accept(request: NotifyRequest): Promise<readonly string[]>;
}

/**
 * The event id of Element's "test push", constant and sent by the app itself. The app waits to see whether its
 * pushkey is rejected in the same answer, so it is no duplicate and its answer waits for the outcome.
 */
export const testPushEventId = '$THIS_IS_A_FAKE_EVENT_ID';

/** Matrix allows 512 bytes for a pushkey; Web Push endpoints in the wild are longer. */
const maxPushkeyBytes = 2_048;
/** Matrix allows 64 characters for an app id, and no identifier of it is longer than this. */
const maxAppIdBytes = 255;

/** A few times what a provider takes in all. More would be dear to tell duplicates by. */
const maxDataLength = 16_384;

function isDataOverlong({ data }: Device): boolean {
  if (data === undefined) return false;
  try {
    return JSON.stringify(data).length > maxDataLength;
  } catch (error) {
    if (error instanceof RangeError) return false; // deeper than the stack: it is not stored
    throw error;
  }
}

function isOfLength(text: string, maxBytes: number): boolean {
  return text !== '' && Buffer.byteLength(text) <= maxBytes;
}

/** A request at the door. */
interface Arrival {
  readonly request: NotifyRequest;
  /** Milliseconds since 1970. */
  readonly acceptedAt: number;
  /** What phones of the app can be shown of the notification. */
  readonly trimmed: (app: IntakeApp) => Notification;
}

/** Trims the notification once for each type of app among the devices. */
function createTrims({ notification, devices }: NotifyRequest): (trim: IntakeApp['trim']) => Notification {
  const done = new Map<IntakeApp['trim'], Notification>();
  return (trim) => {
    const trimmed = done.get(trim) ?? boundCopies(trim?.(notification) ?? notification, devices);
    done.set(trim, trimmed);
    return trimmed;
  };
}

export function createIntake(options: IntakeOptions): Intake {
  const { apps, admissions, replies, count, hops, now = Date.now } = options;

  /** Whether the device is to be rejected. `isTwin`: it stands in the request already, and rings only once. */
  async function acceptDevice(arrival: Arrival, device: Device, isTwin = false): Promise<boolean> {
    const { request, acceptedAt } = arrival;
    if (!isOfLength(device.appId, maxAppIdBytes) || !isOfLength(device.pushkey, maxPushkeyBytes)) {
      count(undefined, 'unusable');
      hops.turnedAway('unusable', request, device, acceptedAt, 'empty_or_overlong');
      return true;
    }
    const match = apps.match(device.appId);
    if (match.kind === 'unknown') {
      const rejects = options.unknownApp === 'reject';
      const result = rejects ? 'unknown_app' : 'ignored';
      count(undefined, result);
      hops.turnedAway(result, request, device, acceptedAt, device.appId);
      return rejects;
    }
    if (match.kind === 'ambiguous') {
      count(undefined, 'ambiguous_app');
      hops.turnedAway('ambiguous_app', request, device, acceptedAt, device.appId);
      return true;
    }
    const { second } = match.app;
    const app = second?.takes(device) === true ? second.app : match.app;
    const unusable = isDataOverlong(device) ? 'overlong_data' : app.unusable?.(device);
    if (unusable !== undefined) {
      count(app.name, 'unusable');
      hops.turnedAway('unusable', request, device, acceptedAt, unusable, app.name);
      return true;
    }
    if (isTwin) {
      count(app.name, 'duplicate');
      return false;
    }
    const pushkey = app.spelling?.(device.pushkey) ?? device.pushkey;
    return admit(arrival, pushkey === device.pushkey ? device : { ...device, pushkey }, app);
  }

  async function admit({ request, acceptedAt, trimmed }: Arrival, device: Device, app: IntakeApp) {
    const { eventKey } = request;
    const notification = trimmed(app);
    const isTestPush = eventKey === testPushEventId;
    const claim = eventKey !== undefined && !isTestPush;
    const lane = laneOf(notification);
    const reply = isTestPush ? await replies.expect(options.testPushWaitMs) : undefined;
    const delivery: Delivery = {
      id: claim ? deliveryIdentity(eventKey, device) : randomBytes(16).toString('base64url'),
      app: app.name,
      lane,
      acceptedAt,
      expiresAt: acceptedAt + app.maxAgeMs[lane],
      tries: 0,
      ...(reply !== undefined && { replyTo: reply.replyTo }),
      ...(!hops.samples(eventKey) && { hops: false }),
      ...(!claim && { unclaimed: true }),
      notification,
      device: withAddress(device, app.address?.(device)),
    };
    const admitted = admissions.admit({
      delivery,
      maxBacklog: app.maxBacklog,
      maxBacklogBytes: app.maxBacklogBytes,
      isTest: isTestPush,
    });
    const admission = await admitted.catch((error: unknown) => {
      hops.admitted('unconfirmed', delivery, request);
      throw error;
    });
    count(app.name, admission);
    hops.admitted(admission, delivery, request);
    if (admission === 'backlog_full') throw new BacklogFull(app.name);
    if (admission === 'queued' && reply !== undefined) return (await reply.answer)?.rejected === true;
    return admission === 'rejected';
  }

  return {
    async accept(request) {
      const trims = createTrims(request);
      const arrival: Arrival = { request, acceptedAt: now(), trimmed: (app) => trims(app.trim) };
      const { devices } = request;
      const [only] = devices;
      if (only !== undefined && devices.length === 1) {
        return (await acceptDevice(arrival, only)) ? [only.pushkey] : [];
      }
      const seen = new Set<string>();
      const rejected = await Promise.all(
        devices.map((device) => {
          const ring = deliveryIdentity('', device);
          const isTwin = seen.has(ring);
          seen.add(ring);
          return acceptDevice(arrival, device, isTwin);
        }),
      );
      return [...new Set(devices.filter((_, index) => rejected[index]).map((device) => device.pushkey))];
    },
  };
}
