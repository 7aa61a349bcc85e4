import type { Server } from 'node:net';
import { hostPortText, type HostPort } from '../config/values/address.ts';
import { OperatorError } from '../process/operator-error.ts';

const causes: Readonly<Record<string, { readonly problem: string; readonly cure: string }>> = {
  EADDRINUSE: {
    problem: 'is taken by another program',
    cure: 'stop the other program, or choose another port',
  },
  EACCES: {
    problem: 'may not be used by this user',
    cure: 'choose a port from 1024 on, or give the process CAP_NET_BIND_SERVICE',
  },
  EADDRNOTAVAIL: {
    problem: 'is no address of this machine',
    cure: 'choose one that is, or 0.0.0.0 for all',
  },
  ENOTFOUND: {
    problem: 'has a host name that nobody knows',
    cure: 'write an IP address, or 0.0.0.0 for all',
  },
};

/**
 * What to tell the operator when listening at an address failed; `setting` is the key that names it. Anything
 * but the well-known causes comes back as it is.
 */
export function listenError(setting: string, address: HostPort, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const known = Object.hasOwn(causes, code) ? causes[code] : undefined;
  if (known === undefined) return error;
  return new OperatorError(`${setting}: ${hostPortText(address)} ${known.problem}`, {
    cure: known.cure,
    exit: 'unavailable',
    cause: error,
  });
}

/** Has a server listen. Resolves to where it does, which for port 0 the system chose. */
export async function listen(server: Server, setting: string, address: HostPort): Promise<HostPort> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('listening', resolve).once('error', reject).listen(address);
  try {
    await promise;
  } catch (error) {
    throw listenError(setting, address, error);
  } finally {
    server.off('listening', resolve).off('error', reject);
  }
  const bound = server.address();
  // A string would be a pipe, which no `HostPort` names.
  return typeof bound === 'object' && bound !== null ? { host: bound.address, port: bound.port } : address;
}
