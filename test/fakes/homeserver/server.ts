import { clientApi } from './api/client-api.ts';
import { listen } from './api/listener.ts';
import { createSetLimit } from './api/set-limit.ts';
import { stageApi } from './api/stage-api.ts';
import { createHomeserver, type Homeserver, type HomeserverOptions } from './homeserver.ts';
import { likes } from './likes.ts';
import type { Try } from './pushing/outbox.ts';
import type { Pusher } from './world/pushers.ts';
import { createUsers, type Users } from './world/users.ts';

export interface StandInOptions extends HomeserverOptions {
  readonly host?: string;
  /** Default: any that is free. */
  readonly port?: number;
  /** Access tokens by the names of their users. */
  readonly tokens: ReadonlyMap<string, string>;
  /** How many pushers a user may set in a minute; 0 for any number. */
  readonly setsPerMinute?: number;
}

export interface StandIn extends AsyncDisposable {
  readonly url: string;
  readonly homeserver: Homeserver;
  readonly users: Users;
}

/** The stand-in homeserver over HTTP: the pushers API of Matrix, and a small one that makes things happen. */
export async function startHomeserver({
  host = '127.0.0.1',
  port = 0,
  tokens,
  setsPerMinute = 300,
  onTry,
  ...options
}: StandInOptions): Promise<StandIn> {
  const lastTries = new WeakMap<Pusher, Try>();
  const homeserver = createHomeserver({
    ...options,
    onTry(one) {
      lastTries.set(one.pusher, one);
      onTry?.(one);
    },
  });
  const users = createUsers(options.serverName ?? 'example.org', tokens);
  const { wantsInstanceHandle } = likes[options.like ?? 'synapse'];
  const listener = await listen(
    [
      ...clientApi({ homeserver, users, wantsInstanceHandle, limitSets: createSetLimit(setsPerMinute) }),
      ...stageApi({ homeserver, users, lastTryOf: (pusher) => lastTries.get(pusher) }),
    ],
    host,
    port,
  );
  return {
    url: listener.url,
    homeserver,
    users,
    async [Symbol.asyncDispose]() {
      homeserver.close();
      await listener[Symbol.asyncDispose]();
    },
  };
}
