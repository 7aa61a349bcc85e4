import type { IncomingMessage } from 'node:http';
import { parseNotifyRequest } from '@carillon/core';
import type { RateLimit } from '@carillon/queue';
import type { ClientAddress } from './client-address.ts';
import { BacklogFull, type Intake } from './intake.ts';
import {
  backlogFull,
  HttpProblem,
  limitExceeded,
  queueUnavailable,
  tooLarge,
  type MatrixError,
} from './matrix-error.ts';
import { dropBody } from './read-body.ts';
import { createJsonReader } from './read-json.ts';
import { createRequestRoom, type Place } from './request-room.ts';

export interface NotifyOptions {
  readonly intake: Intake;
  readonly maxBodyBytes: number;
  readonly maxDevices: number;
  /** Bytes that requests under way may take together. Default: enough for thousands of usual ones, and for some of the largest. */
  readonly roomBytes?: number;
  /** Devices a second and client address. Absent where there is no limit. */
  readonly rateLimit?: RateLimit;
  readonly clientAddress: ClientAddress;
  /** Hears of each request that is answered. */
  readonly heard?: (request: IncomingMessage, heard: HeardRequest) => void;
  /** The queue did not confirm; the homeserver is told 503. */
  readonly queueFailed: (error: unknown) => void;
}

/** What became of a request, for those who count. */
export interface HeardRequest {
  readonly status: number;
  /** 0 for one that could not be read. */
  readonly devices: number;
  readonly rejected: number;
  /** Milliseconds. */
  readonly tookMs: number;
}

/** The pushkeys to reject, or why the request was not taken. */
export type NotifyResult = Taken | MatrixError;
interface Taken {
  readonly rejected: readonly string[];
  readonly devices: number;
}

const usualRoomBytes = 33_554_432;

/** What becomes of `POST /_matrix/push/v1/notify`, from its first byte to its answer. */
export function createNotifyRoute(
  options: NotifyOptions,
): (request: IncomingMessage) => Promise<NotifyResult> {
  const { rateLimit } = options;
  const readJson = createJsonReader(options.maxBodyBytes);
  const room = createRequestRoom(options.roomBytes ?? Math.max(usualRoomBytes, options.maxBodyBytes * 4));

  /** The first device is charged before the body is read, which is dear. Rejects when Redis does not confirm. */
  async function mayEnter(request: IncomingMessage): Promise<boolean> {
    let may = false;
    try {
      may = (await rateLimit?.take(options.clientAddress(request), 1)) !== false;
    } finally {
      if (!may) dropBody(request);
    }
    return may;
  }

  async function take(request: IncomingMessage, place: Place | undefined): Promise<NotifyResult> {
    if (!(await mayEnter(request))) return limitExceeded;
    const parsed = parseNotifyRequest(await readJson(request, place));
    if (!parsed.ok) return { status: 400, ...parsed.problem };
    const { length } = parsed.request.devices;
    if (length > options.maxDevices)
      return tooLarge(`notification.devices has more than ${options.maxDevices} entries`);
    if (length > 1 && (await rateLimit?.take(options.clientAddress(request), length - 1)) === false)
      return limitExceeded;
    return { rejected: await options.intake.accept(parsed.request), devices: length };
  }

  async function answer(request: IncomingMessage): Promise<NotifyResult> {
    const place = room.enter();
    try {
      return await take(request, place);
    } catch (error) {
      if (error instanceof HttpProblem) return error.answer;
      if (error instanceof BacklogFull) return backlogFull;
      options.queueFailed(error);
      return queueUnavailable;
    } finally {
      place?.leave();
    }
  }

  return async (request) => {
    const startedAt = performance.now();
    const result = await answer(request);
    const tookMs = performance.now() - startedAt;
    if ('errcode' in result)
      options.heard?.(request, { status: result.status, devices: 0, rejected: 0, tookMs });
    else {
      const { rejected, devices } = result;
      options.heard?.(request, { status: 200, devices, rejected: rejected.length, tookMs });
    }
    return result;
  };
}
