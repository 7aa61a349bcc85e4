import { lookup, Resolver } from 'node:dns/promises';

/**
 * The addresses of a host name; rejects if there are none. `named`: the operator wrote the name, else a client did.
 */
export type Resolve = (hostname: string, named: boolean) => Promise<readonly string[]>;

/**
 * Names of the operator's are looked up as every program of the machine does it. Names that clients choose only
 * with name servers: the machine's way has four threads for the whole process, which a name server that never
 * answers would hold, and reads /etc/hosts, which is none of the clients' business.
 */
export function createResolver(): Resolve {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  return async (hostname, named) => {
    if (named) return (await lookup(hostname, { all: true })).map(({ address }) => address);
    const answers = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (addresses.length === 0) throw new Error('No addresses');
    return addresses;
  };
}
