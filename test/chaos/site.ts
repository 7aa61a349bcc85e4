import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPrivateRedis, type PrivateRedis } from '../redis/private-redis.ts';
import { startProgram, type Program } from '../installation/process.ts';
import { appOf, type Provider } from './phones.ts';
import { fillSlot, type Slot } from './slot.ts';

/** Two ingresses, two workers, a Redis that writes before it answers, and stand-ins for two providers. */
export interface Site extends AsyncDisposable {
  readonly redis: PrivateRedis;
  readonly ingresses: readonly [Slot, Slot];
  readonly workers: readonly [Slot, Slot];
  readonly providers: Readonly<Record<Provider, Program>>;
}

interface ApnsStandIn {
  readonly url: string;
  readonly caFile: string;
  readonly keyfile: string;
  readonly keyId: string;
  readonly teamId: string;
}

interface FcmStandIn {
  readonly url: string;
  readonly serviceAccountFile: string;
}

export async function startSite(seed: number): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), 'carillon-chaos-'));
  const redis = await startPrivateRedis({ appendfsync: 'always' });
  const standIn = (type: Provider): Program =>
    startProgram('test/chaos/provider.ts', [`--type=${type}`, `--dir=${folder}`, `--seed=${seed}`]);
  const providers = { apns: standIn('apns'), fcm: standIn('fcm') };
  const isReady = (line: Record<string, unknown>): boolean => line['ready'] === true;
  const configPath = join(folder, 'carillon.yaml');
  const apns = await providers.apns.lineOf<ApnsStandIn>(isReady);
  const fcm = await providers.fcm.lineOf<FcmStandIn>(isReady);
  await writeFile(configPath, configuration(redis.url, apns, fcm));

  const slots = (kind: 'ingress' | 'worker', announcement: string): readonly [Slot, Slot] => {
    const fill = (): Slot => fillSlot(kind, [kind, '--config', configPath], announcement);
    return [fill(), fill()];
  };
  const ingresses = slots('ingress', 'ingress listens');
  const workers = slots('worker', 'worker takes deliveries');
  await Promise.all([...ingresses, ...workers].map((slot) => slot.working()));

  return {
    redis,
    ingresses,
    workers,
    providers,
    async [Symbol.asyncDispose]() {
      await Promise.all([...ingresses, ...workers].map((slot) => slot[Symbol.asyncDispose]()));
      await Promise.all([providers.apns[Symbol.asyncDispose](), providers.fcm[Symbol.asyncDispose]()]);
      await redis.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function configuration(redisUrl: string, apns: ApnsStandIn, fcm: FcmStandIn): string {
  return `redis: {url: "${redisUrl}"}
ingress: {listen: "127.0.0.1:0", ops_listen: "127.0.0.1:0"}
worker: {ops_listen: "127.0.0.1:0"}
apps:
  ${appOf.apns}:
    type: apns
    platform: production
    keyfile: ${apns.keyfile}
    key_id: ${apns.keyId}
    team_id: ${apns.teamId}
    topic: com.example.app
    endpoint: ${apns.url}
    ca_file: ${apns.caFile}
  ${appOf.fcm}:
    type: fcm
    service_account_file: ${fcm.serviceAccountFile}
    endpoint: ${fcm.url}
`;
}
