import { randomBytes, randomUUID } from 'node:crypto';
import { readDateHeader } from '@carillon/core';
import type { ClockReading, DryRun, ProviderContext } from '@carillon/core';
import { outcomeOf } from '@carillon/sending';
import { pushTypes, topicFor } from './payload/push-types.ts';
import type { PushType, PushTypeName } from './payload/push-types.ts';
import type { ApnsRequest } from './payload/request.ts';
import type { Sender } from './connection/sender.ts';
import type { Verdict } from './answers/verdict.ts';

export interface DryRunOptions {
  readonly origin: string;
  readonly topic: string;
  readonly pushType: PushTypeName | undefined;
  readonly sender: Sender;
  /** A sender whose provider tokens are dated half an hour back; undefined with a client certificate. */
  readonly backdated: () => Sender | undefined;
  readonly now: ProviderContext['now'];
}

/** By how much: APNs takes a token for an hour after its time, and none from the future. */
export const backdatedMs = 1_800_000;

/**
 * Sends a silent notification to a device token that nobody has. APNs looks at key, team and topic before it looks for
 * the device, so `BadDeviceToken` says that they are right. Where it does not take our provider token, the same token
 * dated back tells a wrong clock from a wrong key.
 */
export async function dryRun(options: DryRunOptions): Promise<DryRun> {
  const request = madeUpRequest(options);
  const sentAt = options.now();
  const verdict = await options.sender.send(request, 'low');
  const clock = clockOf(options.origin, verdict, sentAt, options.now());
  if (verdict.row.reason === 'InvalidProviderToken' && (await takenWhenBackdated(request, options)))
    return { ...conclude(verdict, clock), outcome: clockAhead, meaning: 'it is dated in the future' };
  return conclude(verdict, clock);
}

const clockAhead = {
  kind: 'misconfigured',
  reason: 'InvalidProviderToken',
  sent: true,
  speaksFor: 'app',
  cure: 'Set the clock of this machine: APNs takes the same key when the token is dated back.',
} as const;

async function takenWhenBackdated(request: ApnsRequest, { backdated }: DryRunOptions): Promise<boolean> {
  const sender = backdated();
  if (sender === undefined) return false;
  try {
    const { row } = await sender.send(request, 'low');
    return row.kind === 'dead' || row.kind === 'delivered';
  } finally {
    sender.close();
  }
}

function conclude({ row, details }: Verdict, clock: ClockReading | undefined): DryRun {
  return {
    outcome: outcomeOf(row, details),
    meaning: row.meaning,
    mayBeClock: row.mayBeClock ?? false,
    ...(clock !== undefined && { clock }),
  };
}

function clockOf(origin: string, { date }: Verdict, sentAt: number, receivedAt: number) {
  return readDateHeader(origin, date, sentAt, receivedAt);
}

/** Silent and never stored, so that it would do no harm even if somebody had the token. */
function madeUpRequest({ topic, pushType = 'background' }: DryRunOptions): ApnsRequest {
  const { priority = 5 }: PushType = pushTypes[pushType];
  return {
    token: randomBytes(32).toString('hex'),
    headers: [
      'apns-topic',
      topicFor(topic, pushType),
      'apns-push-type',
      pushType,
      'apns-priority',
      String(priority),
      'apns-expiration',
      '0',
      'apns-id',
      randomUUID(),
    ],
    body: '{"aps":{"content-available":1}}',
  };
}
