import { reachProblem } from '@carillon/core';
import type { RedisSettings } from '@carillon/queue';
import type { BadFinding } from './finding.ts';

/** What keeps Redis from being used, with its cure. */
export type RedisTrouble = BadFinding & { readonly cure: string };

/** Redis begins its errors with a word of its own; sockets have a code. Neither quotes the password. */
export function unusableRedis(error: unknown, { server }: RedisSettings): RedisTrouble {
  const { message, code = '' } = error as Error & { readonly code?: string };
  const said = message === '' ? code || 'no answer' : message;
  const what =
    server.kind === 'single' ? `redis ${server.node.host}:${server.node.port}` : `redis (${server.kind})`;
  const [word = ''] = said.split(' ');
  return { kind: 'bad', what, detail: said, ...(words[word] ?? ofSocket(code)) };
}

interface Remedy {
  /** In place of words that only a programmer understands. */
  readonly detail?: string;
  readonly cure: string;
  readonly exit: BadFinding['exit'];
}

function ofSocket(code: string): Remedy {
  if (/^(ENOTFOUND|EAI_)/.test(code))
    return { cure: `correct the host under \`redis\`, or ${lookUp}`, exit: 'unavailable' };
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER')
    return {
      cure: 'it speaks no TLS there: write `redis://` instead of `rediss://`, or give its TLS port',
      exit: 'configuration',
    };
  if (/^(UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|CERT_|ERR_TLS_CERT)/.test(code)) {
    const { cause } = reachProblem({ step: 'tls', code });
    return {
      cure:
        cause === 'tls_untrusted'
          ? 'name a file with the certificate of its authority in the environment, as NODE_EXTRA_CA_CERTS'
          : 'its certificate is for another name or has ended: renew it, or correct the host under `redis`',
      exit: 'configuration',
    };
  }
  return away;
}

const away = {
  cure: 'start Redis, open the way to it, or correct the address under `redis`',
  exit: 'unavailable',
} as const;
const lost = { ...away, detail: 'there is no connection to it' } as const;

const lookUp = "see that this machine's name server works";
const login = { cure: 'correct `redis.username` and `redis.password_file`', exit: 'configuration' } as const;
const frozen = {
  cure: 'it is frozen, swapping, loading its data, or busy with one long command: see its process, its log and `SLOWLOG GET`',
  exit: 'unavailable',
} as const;

/** By the first word of what was said. */
const words: Readonly<Record<string, Remedy>> = {
  NOAUTH: login,
  WRONGPASS: login,
  NOPERM: {
    cure: 'give the user all commands on the keys that begin with `redis.key_prefix`',
    exit: 'configuration',
  },
  READONLY: { cure: 'name the primary, not a replica, under `redis`', exit: 'configuration' },
  OOM: { cure: 'give Redis more memory (`maxmemory`)', exit: 'unavailable' },
  MISCONF: { cure: 'see the log of Redis: it cannot save to its disk', exit: 'unavailable' },
  NOREPLICAS: {
    cure: 'bring its replicas back, or lower `min-replicas-to-write`',
    exit: 'unavailable',
  },
  CLUSTERDOWN: { cure: 'bring the missing nodes of the cluster back', exit: 'unavailable' },
  LOADING: frozen,
  BUSY: { cure: 'a script runs for ever: `SCRIPT KILL`', exit: 'unavailable' },
  // Of the client: a command has no answer in time, or there is no connection to send it over.
  Command: { ...frozen, detail: 'it does not answer in time' },
  Stream: lost,
  Connection: lost,
  Reached: lost,
  accepts: frozen,
};
