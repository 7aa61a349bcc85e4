import type { Homeserver } from '../homeserver.ts';
import type { Pusher } from '../world/pushers.ts';
import type { Account, Users } from '../world/users.ts';
import { MatrixError } from './matrix-error.ts';
import { readPusherRequest } from './pusher-request.ts';
import type { Handler, Request, Route } from './routes.ts';

export interface ClientApiOptions {
  readonly homeserver: Homeserver;
  readonly users: Users;
  readonly wantsInstanceHandle: boolean;
  /** Throws the error of a user who sets too many pushers. */
  readonly limitSets: (user: Account['user']) => void;
}

/** The paths of all times: of today, of r0, and of the first draft. */
const prefixes = ['v3', 'r0', 'unstable', 'api/v1'].map((version) => `/_matrix/client/${version}`);

/** What a Matrix client needs to set its pushers, and nothing else. */
export function clientApi({
  homeserver,
  users,
  wantsInstanceHandle,
  limitSets,
}: ClientApiOptions): readonly Route[] {
  function accountOf({ authorization, query }: Request): Account {
    const token = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1] ?? query.get('access_token');
    if (token === null) throw new MatrixError(401, 'M_MISSING_TOKEN', 'Missing access token');
    const account = users.withToken(token);
    if (account === undefined)
      throw new MatrixError(401, 'M_UNKNOWN_TOKEN', 'Unknown access token', { soft_logout: false });
    return account;
  }

  const pushers: Handler = (request) => {
    const { user } = accountOf(request);
    return { pushers: homeserver.pushersOf(user).map(shown) };
  };

  const set: Handler = (request) => {
    const { user, deviceId } = accountOf(request);
    limitSets(user);
    const asked = readPusherRequest(request.json(), { deviceId, wantsInstanceHandle });
    if (asked.kind === 'delete') homeserver.deletePusher(user, asked.appId, asked.pushkey);
    else homeserver.setPusher(user, asked.settings, asked.append);
    return {};
  };

  const whoami: Handler = (request) => {
    const { user, deviceId } = accountOf(request);
    return { user_id: user.id, device_id: deviceId, is_guest: false };
  };

  /** Any password will do: the token is the account's. */
  const login: Handler = (request) => {
    const { identifier, user: name } = request.json() as { identifier?: { user?: unknown }; user?: unknown };
    const wanted = identifier?.user ?? name;
    const user = typeof wanted === 'string' && wanted !== '' ? users.named(wanted) : undefined;
    if (user === undefined || !users.all.includes(user))
      throw new MatrixError(403, 'M_FORBIDDEN', 'There is no such user');
    const token = users.tokenOf(user);
    return { user_id: user.id, access_token: token, device_id: users.withToken(token)?.deviceId };
  };

  const versions: Handler = () => ({
    versions: ['r0.6.1', 'v1.1', 'v1.5', 'v1.10', 'v1.15'],
    unstable_features: { 'org.matrix.msc3881': true },
  });

  return [
    { method: 'GET', path: '/_matrix/client/versions', handle: versions },
    ...prefixes.flatMap((prefix): readonly Route[] => [
      { method: 'GET', path: `${prefix}/pushers`, handle: pushers },
      { method: 'POST', path: `${prefix}/pushers/set`, handle: set },
      { method: 'GET', path: `${prefix}/account/whoami`, handle: whoami },
      { method: 'GET', path: `${prefix}/login`, handle: () => ({ flows: [{ type: 'm.login.password' }] }) },
      { method: 'POST', path: `${prefix}/login`, handle: login },
    ]),
  ];
}

function shown({ user: _whose, setAt: _ours, enabled, device_id, ...pusher }: Pusher): object {
  return {
    ...pusher,
    kind: 'http',
    enabled,
    device_id,
    'org.matrix.msc3881.enabled': enabled,
    'org.matrix.msc3881.device_id': device_id,
  };
}
