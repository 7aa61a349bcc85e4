import { dirname } from 'node:path';
import {
  iosApp,
  startInstallation,
  type ApnsStandIn,
  type Installation,
} from '../installation/installation.ts';
import { startProgram } from '../installation/process.ts';

/** An installation of so many apps and shards, and a relay beside it that keeps nothing. */
export interface Shape extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
  readonly relayUrl: string;
  readonly apps: readonly string[];
  readonly apns: Installation['apns'];
  readonly pids: Readonly<Record<'ingress' | 'redis' | 'worker', number>>;
  readonly relayPid: number;
  /** Connections that Redis has at the moment. */
  readonly redis: Installation['redis'];
}

export interface ShapeOptions {
  readonly apps: number;
  readonly shards: number;
  readonly apnsLatencyMs: number;
  /** Sections of the configuration. */
  readonly sections: string;
}

export async function startShape({ apps, shards, apnsLatencyMs, sections }: ShapeOptions): Promise<Shape> {
  const others = Array.from({ length: apps - 1 }, (_, n) => `${iosApp}.fork${n}`);
  const installation = await startInstallation({
    apnsLatencyMs,
    sections: `queue: {shards: ${shards}}\n${sections}`,
    moreApps: (apns) => others.map((name) => entry(name, apns)).join(''),
  });
  const ingress = await installation.startIngress();
  const worker = await installation.startWorker();
  const relay = startProgram('test/bench/floor.ts', [dirname(installation.configPath)]);
  const { listen } = await relay.lineOf<{ listen: string }>((line) => line['ready'] === true);
  return {
    name: `${apps} × ${shards}`,
    url: ingress.url,
    relayUrl: `http://${listen}`,
    apps: [iosApp, ...others],
    apns: installation.apns,
    pids: { ingress: ingress.program.pid, redis: installation.redis.pid, worker: worker.program.pid },
    relayPid: relay.pid,
    redis: installation.redis,
    async [Symbol.asyncDispose]() {
      await relay[Symbol.asyncDispose]();
      await installation[Symbol.asyncDispose]();
    },
  };
}

/** Another app at the same stand-in. */
function entry(
  name: string,
  { url, key_id: keyId, team_id: teamId, topic, keyfile, caFile }: ApnsStandIn,
): string {
  const keys = `platform: production, keyfile: "${keyfile}", key_id: ${keyId}, team_id: ${teamId}, topic: ${topic}`;
  return `  ${name}: {type: apns, ${keys}, endpoint: "${url}", ca_file: "${caFile}"}\n`;
}
