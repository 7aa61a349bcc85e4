import net from 'node:net';
import { codeOf, DialError } from '../connection/dial-error.ts';
import type { AddressRules } from './address-rules.ts';
import type { Resolve } from './resolver.ts';

/** A client has made us find an address that we must not connect to. */
export class ForbiddenAddress extends Error {}

/**
 * All addresses of a host that a client chose, looked up anew for each connection; the socket then goes to what was
 * checked, so that no second look-up can change them (DNS rebinding). One that is forbidden among them spoils the
 * rest: no push service has such. Rejects with a `ForbiddenAddress` or a `DialError`.
 */
export async function checkedAddresses(
  host: string,
  rules: AddressRules,
  lookUp: (host: string) => ReturnType<Resolve>,
  deadline: AbortSignal,
): Promise<readonly string[]> {
  const addresses = net.isIP(host) === 0 ? await inTime(lookUp(host), deadline) : [host];
  if (addresses.length === 0) throw new DialError('dns_failed', 'ENOTFOUND');
  if (!addresses.every((address) => rules.allows(address))) throw new ForbiddenAddress();
  return addresses;
}

async function inTime(answer: ReturnType<Resolve>, deadline: AbortSignal): Promise<readonly string[]> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onDeadline = (): void => reject(new DialError('dns_failed', 'ETIMEDOUT'));
  deadline.addEventListener('abort', onDeadline, { once: true });
  try {
    return await Promise.race([answer, promise]);
  } catch (error) {
    if (error instanceof DialError) throw error;
    const code = codeOf(error);
    throw new DialError('dns_failed', code === 'unknown' ? 'ENOTFOUND' : code);
  } finally {
    deadline.removeEventListener('abort', onDeadline);
  }
}
