import { setTimeout as delay } from 'node:timers/promises';
import { connectPatiently, type RedisSettings } from '@carillon/queue';
import { startPrivateRedis, type PrivateRedis, type PrivateRedisOptions } from './private-redis.ts';
import { freePort, localRedis } from './private-server.ts';

/** A Redis Cluster of one's own: primaries without replicas, each with an equal part of the slots. */
export interface PrivateCluster extends AsyncDisposable {
  readonly settings: RedisSettings;
  /** For a configuration file. */
  readonly urls: readonly string[];
  readonly nodes: readonly PrivateRedis[];
}

const slots = 16_384;
/** A node that answers nothing for this long counts as failed, and the others refuse commands from then on. */
const nodeTimeoutMs = 2_000;
const pollMs = 50;

export async function startPrivateCluster(
  size: number,
  { args = [], ...options }: PrivateRedisOptions = {},
): Promise<PrivateCluster> {
  const buses = await Promise.all(Array.from({ length: size }, freePort));
  const nodes = await Promise.all(
    buses.map((bus) =>
      startPrivateRedis({
        ...options,
        // prettier-ignore
        args: [
          '--cluster-enabled', 'yes', '--cluster-port', String(bus),
          '--cluster-node-timeout', String(nodeTimeoutMs), '--cluster-announce-ip', '127.0.0.1', ...args,
        ],
      }),
    ),
  );
  await join(nodes, buses);
  return {
    settings: {
      server: { kind: 'cluster', nodes: nodes.map(({ port }) => ({ host: '127.0.0.1', port })) },
      tls: false,
    },
    urls: nodes.map(({ url }) => url),
    nodes,
    async [Symbol.asyncDispose]() {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}

/** Deals out the slots and lets the nodes meet; resolves when each says that the Cluster is whole. */
async function join(nodes: readonly PrivateRedis[], buses: readonly number[]): Promise<void> {
  const clients = nodes.map(({ port }) => connectPatiently(localRedis(port)));
  const [first] = clients;
  for (const [index, client] of clients.entries()) {
    const from = Math.round((slots * index) / nodes.length);
    const to = Math.round((slots * (index + 1)) / nodes.length) - 1;
    await client.call('CLUSTER', 'ADDSLOTSRANGE', from, to);
    await client.call('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
    if (index > 0)
      await first?.call('CLUSTER', 'MEET', '127.0.0.1', nodes[index]?.port ?? 0, buses[index] ?? 0);
  }
  for (const client of clients) {
    let info = '';
    while (!info.includes('cluster_state:ok') || !info.includes(`cluster_size:${nodes.length}`)) {
      await delay(pollMs);
      info = String(await client.call('CLUSTER', 'INFO'));
    }
    client.disconnect();
  }
}
