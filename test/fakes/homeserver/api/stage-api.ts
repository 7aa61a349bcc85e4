import { setTimeout as delay } from 'node:timers/promises';
import type { Homeserver, NewEvent, Sent } from '../homeserver.ts';
import type { Try } from '../pushing/outbox.ts';
import { contents } from '../world/event.ts';
import type { Pusher } from '../world/pushers.ts';
import type { Users } from '../world/users.ts';
import { readAsked, type Asked } from './asked.ts';
import { missing } from './matrix-error.ts';
import type { Handler, Route } from './routes.ts';

export const stagePrefix = '/_homeserver';
const firstTryWithinMs = 10_000;

export interface StageApiOptions {
  readonly homeserver: Homeserver;
  readonly users: Users;
  readonly lastTryOf: (pusher: Pusher) => Try | undefined;
}

/**
 * What makes things happen, without a Matrix client: somebody writes, invites, calls or reads. Users and rooms that were
 * never heard of are made up. Not part of Matrix.
 */
export function stageApi({ homeserver, users, lastTryOf }: StageApiOptions): readonly Route[] {
  const message: Handler = (request) => {
    const asked = readAsked(request, homeserver, users);
    const content = asked.object('content') ?? contents.message(asked.needed('text'));
    return send(asked, { type: asked.text('type') ?? 'm.room.message', content });
  };

  const call: Handler = (request) => {
    const asked = readAsked(request, homeserver, users);
    return send(asked, { type: 'm.call.invite', content: contents.call(asked.flag('video')) });
  };

  const invite: Handler = (request) => {
    const asked = readAsked(request, homeserver, users);
    const [to] = asked.people();
    if (to === undefined) throw missing(['to']);
    const content = contents.invite(to, asked.text('room') === undefined);
    return send(asked, { type: 'm.room.member', content, stateKey: to.id });
  };

  const read: Handler = (request) => {
    const asked = readAsked(request, homeserver, users);
    const user = users.named(asked.needed('user'));
    homeserver.read(user, asked.room(user));
    return { unread: homeserver.unreadOf(user) };
  };

  const state: Handler = () => ({
    users: users.all.map((user) => ({
      user_id: user.id,
      unread: homeserver.unreadOf(user),
      pushers: homeserver.pushersOf(user).map((pusher) => ({
        app_id: pusher.app_id,
        pushkey: pusher.pushkey,
        url: pusher.data.url,
        enabled: pusher.enabled,
        ...lastOf(pusher),
      })),
    })),
  });

  function lastOf(pusher: Pusher): object {
    const last = lastTryOf(pusher);
    return last === undefined ? {} : { last: summaryOf(last) };
  }

  async function send(
    asked: Asked,
    { type, content, stateKey }: Omit<NewEvent, 'from' | 'room'>,
  ): Promise<object> {
    const from = users.named(asked.needed('from'));
    const room = asked.room(from);
    const tweaks = asked.object('tweaks');
    const { event, pushes } = homeserver.send({
      from,
      room,
      type,
      content,
      ...(stateKey !== undefined && { stateKey }),
      ...(tweaks !== undefined && { tweaks }),
    });
    return {
      event_id: event.id,
      room_id: room.id,
      pushes: await Promise.all(pushes.map((push) => told(push))),
    };
  }

  /** What the first try came to. One that waits behind another that is being tried again may take a day. */
  async function told({ pusher, firstTry }: Sent['pushes'][number]): Promise<object> {
    const first = await Promise.race([firstTry, delay(firstTryWithinMs, 'waiting' as const, { ref: false })]);
    const who = { user_id: pusher.user.id, app_id: pusher.app_id };
    if (first === 'waiting') return { ...who, waiting: true };
    return first === undefined ? { ...who, dropped: true } : { ...who, ...summaryOf(first) };
  }

  return [
    { method: 'POST', path: `${stagePrefix}/message`, handle: message },
    { method: 'POST', path: `${stagePrefix}/invite`, handle: invite },
    { method: 'POST', path: `${stagePrefix}/call`, handle: call },
    { method: 'POST', path: `${stagePrefix}/read`, handle: read },
    { method: 'GET', path: `${stagePrefix}/users`, handle: state },
  ];
}

function summaryOf({ status, problem, rejected, pusher, retryInMs, pusherDeleted }: Try): object {
  return {
    ...(status !== undefined && { status }),
    ...(problem !== undefined && { problem }),
    rejected: rejected.includes(pusher.pushkey),
    ...(retryInMs !== undefined && { retry_in_ms: Math.round(retryInMs) }),
    ...(pusherDeleted && { pusher_deleted: true }),
  };
}
