/** Somebody on this homeserver, or, where nobody holds a token of theirs, a sender of another one. */
export interface User {
  /** Such as `@alice:example.org`. */
  readonly id: string;
  readonly displayName: string;
}

/** Whom a token stands for. */
export interface Account {
  readonly user: User;
  readonly deviceId: string;
}

export interface Users {
  /** Those who have a token. */
  readonly all: readonly User[];
  withToken(token: string): Account | undefined;
  /** By `alice` or `@alice:example.org`; who was never heard of is made up. */
  named(name: string): User;
  /** The token of a user, made up (it is the name) where there is none. */
  tokenOf(user: User): string;
}

/** `tokens`: by the name of the user. */
export function createUsers(serverName: string, tokens: ReadonlyMap<string, string>): Users {
  const users = new Map<string, User>();
  const accounts = new Map<string, Account>();

  function named(name: string): User {
    const id = name.startsWith('@') ? name : `@${name}:${serverName}`;
    const known = users.get(id) ?? { id, displayName: displayNameOf(id) };
    users.set(id, known);
    return known;
  }

  function give(user: User, token: string): void {
    accounts.set(token, { user, deviceId: `${localpartOf(user.id)}-phone`.toUpperCase() });
  }

  for (const [name, token] of tokens) give(named(name), token);
  return {
    get all() {
      return [...accounts.values()].map(({ user }) => user);
    },
    withToken: (token) => accounts.get(token),
    named,
    tokenOf(user) {
      for (const [token, account] of accounts) if (account.user === user) return token;
      const token = localpartOf(user.id);
      give(user, token);
      return token;
    },
  };
}

function localpartOf(userId: string): string {
  return userId.slice(1).split(':')[0] ?? '';
}

function displayNameOf(userId: string): string {
  const localpart = localpartOf(userId);
  return `${localpart.slice(0, 1).toUpperCase()}${localpart.slice(1)}`;
}
