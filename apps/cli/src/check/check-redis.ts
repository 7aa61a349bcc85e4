import { hash } from 'node:crypto';
import { connectFailingFast, readFacts, type RedisClient, type RedisSettings } from '@carillon/queue';
import type { ClockReading } from '@carillon/core';
import { checked, type Finding } from './finding.ts';
import { judgeRedisHealth } from './judge-redis-health.ts';
import { judgeRedis, type RedisReading } from './judge-redis.ts';
import type { Look } from './look.ts';
import { unusableRedis } from './unusable-redis.ts';

const connectPatienceMs = 5_000;
const probes = 5;

/**
 * Connects as an ingress does, and looks at each Redis that holds queues: version, memory, persistence, writing, its
 * clock. Then, unless that is impossible, at what `lookInto` finds there.
 */
export async function checkRedis(
  settings: RedisSettings,
  keyPrefix: string,
  lookInto: (redis: RedisClient) => Promise<Look>,
): Promise<Look> {
  const redis = connectFailingFast(settings);
  const trouble = (error: unknown): Finding => unusableRedis(error, settings);
  try {
    await connected(redis, settings);
    const read = await readNodes(redis, trouble);
    const readings = read.filter((one) => 'reading' in one);
    const unread = read.filter((one) => 'kind' in one);
    // If no Redis answers, each has said why, and all that follows would only repeat it.
    if (readings.length === 0) return { findings: checked('redis', unread), clocks: [] };
    const writing = await timeWrites(redis, keyPrefix).then(
      async (writeMs) => ({ writeMs, findings: await tryScripts(redis, keyPrefix, trouble) }),
      (error: unknown) => ({ writeMs: undefined, findings: [trouble(error)] }),
    );
    const seen = await lookInto(redis).catch((error: unknown) => ({
      // The state is read by scripts: where those are forbidden, that has been told.
      findings: writing.findings.length === 0 ? checked('redis', [trouble(error)]) : [],
      clocks: [],
    }));
    const judged = readings.flatMap(({ reading }) => [
      ...judgeRedis(reading),
      ...judgeRedisHealth({ ...reading, writeMs: writing.writeMs }),
    ]);
    // Workers say in Redis that they run: where nothing can be written, that they do not say it tells nothing.
    const told =
      writing.findings.length === 0
        ? seen.findings
        : seen.findings.filter(({ check }) => check !== 'workers');
    return {
      findings: [...checked('redis', [...judged, ...unread, ...writing.findings]), ...told],
      clocks: [...readings.map(({ clock }) => clock), ...seen.clocks],
    };
  } catch (error) {
    return { findings: checked('redis', [trouble(error)]), clocks: [] };
  } finally {
    redis.disconnect();
  }
}

/** What each Redis that holds queues says of itself; for one that does not answer, the trouble. */
export function readNodes(
  redis: RedisClient,
  trouble: (error: unknown) => Finding,
): Promise<readonly (NodeReading | Finding)[]> {
  const nodes = 'nodes' in redis ? redis.nodes('master') : [redis];
  return Promise.all(nodes.map((node) => readNode(node, trouble)));
}

/** One Redis fails with its first error. Of several, some may be down, so the others are waited for. */
export async function connected(redis: RedisClient, { server }: RedisSettings): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let last: unknown = new Error('no answer');
  redis.on('connect', () => (last = new Error('accepts connections, but does not answer')));
  redis.on('ready', () => resolve());
  redis.on('error', (error: Error & { readonly lastNodeError?: Error }) => {
    last = error.lastNodeError ?? error;
    if (server.kind === 'single') reject(error);
  });
  const timer = setTimeout(() => reject(last as Error), connectPatienceMs);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
  }
}

type RedisNode = Exclude<RedisClient, { nodes: unknown }>;

export interface NodeReading {
  readonly reading: RedisReading;
  readonly clock: ClockReading;
}

async function readNode(
  node: RedisNode,
  trouble: (error: unknown) => Finding,
): Promise<NodeReading | Finding> {
  const { host = '', port = 0 } = node.options;
  const name = `redis ${host}:${port}`;
  try {
    return await readOpenNode(name, node);
  } catch (error) {
    return { ...trouble(error), what: name };
  }
}

async function readOpenNode(name: string, node: RedisNode): Promise<NodeReading> {
  const facts = await readFacts(node);
  const pingMs = await medianMs(() => node.ping());
  return { reading: { name, ...facts, pingMs }, clock: await readClock(name, node) };
}

async function readClock(of: string, node: RedisNode): Promise<ClockReading> {
  const askedAt = Date.now();
  const [seconds, microseconds] = (await node.time()).map(Number);
  const answeredAt = Date.now();
  return {
    of,
    aheadMs: (seconds ?? 0) * 1_000 + (microseconds ?? 0) / 1_000 - (askedAt + answeredAt) / 2,
    uncertainMs: (answeredAt - askedAt) / 2 + 1,
  };
}

/** A replica, a full memory or a user without rights can be connected to and read, but takes no queue. */
function timeWrites(redis: RedisClient, keyPrefix: string): Promise<number> {
  return medianMs(() => redis.set(`${keyPrefix}:check`, '1', 'PX', 1_000));
}

const script = "return redis.call('EXISTS', KEYS[1])";

/** Some services forbid scripts to some users; every delivery is taken and sent by one. */
async function tryScripts(
  redis: RedisClient,
  keyPrefix: string,
  trouble: (error: unknown) => Finding,
): Promise<readonly Finding[]> {
  const key = `${keyPrefix}:check`;
  try {
    await redis.eval(script, 1, key);
    await redis.evalsha(hash('sha1', script), 1, key);
    return [];
  } catch (error) {
    const { message } = error as Error;
    const isForbidden = /^(ERR|NOPERM)\b/.test(message);
    return [
      isForbidden
        ? { ...withoutScripts, what: trouble(error).what, detail: `EVAL: ${message}` }
        : trouble(error),
    ];
  }
}

const withoutScripts = {
  kind: 'bad',
  cure: 'let the user run scripts (`+eval +evalsha`, or `+@scripting`): no delivery is taken or sent without',
  exit: 'configuration',
} as const;

async function medianMs(ask: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let count = 0; count < probes; count += 1) {
    const startedAt = performance.now();
    await ask();
    times.push(performance.now() - startedAt);
  }
  return times.toSorted((a, b) => a - b)[probes >> 1] ?? 0;
}
