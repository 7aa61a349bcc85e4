import type { ProviderModule } from '@carillon/core';
import { findHops } from '@carillon/hops';
import {
  createRegistrationMarks,
  hasMarks,
  readShards,
  storedDeliveries,
  type NamedRegistration,
  type StoredPlace,
} from '@carillon/queue';
import { loadConfig, type Exit } from '@carillon/runtime';
import { openRedis } from '../open-redis.ts';
import { createProgress } from '../terminal/progress.ts';
import { pushkeyJson, pushkeyText, type KnownOfApp, type KnownPushkey } from './pushkey-report.ts';
import { hiddenNotes, registrationsOf, type NamedPushkey } from './registrations.ts';
import { spellingsOf } from './spellings.ts';

export interface ShowOptions {
  readonly configPath: string;
  readonly named: NamedPushkey;
  readonly json: boolean;
  readonly providers: readonly ProviderModule[];
  readonly output: { write(text: string): unknown };
}

const withinMs = 30_000;

/** Tells what is known of a pushkey. Throws an `OperatorError` when Redis cannot be asked. */
export async function showPushkey({
  configPath,
  named,
  json,
  providers,
  output,
}: ShowOptions): Promise<Exit> {
  const config = loadConfig({ path: configPath, appTypes: providers });
  const { keyPrefix } = config.redis;
  const registrations = registrationsOf(named, config.apps, providers);
  const pushkeys = new Set(spellingsOf(named.pushkey, config.apps, providers));
  using opened = await openRedis(config);
  const { redis, asked } = opened;
  const shards = await asked(readShards(redis, keyPrefix, config.queue.shards));
  const placesOf = (pushkey: string) => [shards.placeOf(pushkey), ...shards.otherPlacesOf(pushkey)];

  const waiting: StoredPlace[] = [];
  const progress = createProgress(
    json ? { write: () => undefined } : output,
    (done) => `${done} waiting deliveries looked at`,
  );
  const places = [...new Set([...pushkeys].flatMap(placesOf))];
  const pages = storedDeliveries(redis, keyPrefix, places);
  let looked = 0;
  for (let page = await asked(pages.next()); page.done !== true; page = await asked(pages.next())) {
    waiting.push(...page.value.filter(({ delivery }) => isOf(delivery?.device, named, pushkeys)));
    progress((looked += page.value.length));
  }

  const marks = createRegistrationMarks(redis, keyPrefix, config.rejections.fuse);
  const found = new Map<string, KnownOfApp>();
  for (const one of [...registrations, ...waiting.flatMap(registrationOfPlace)]) {
    const looks = await asked(marks.look(one, placesOf(one.device.pushkey)));
    const before = found.get(one.app);
    const own = waiting.filter(({ delivery }) => delivery?.app === one.app);
    found.set(one.app, {
      app: one.app,
      marks: before === undefined || hasMarks(looks) ? looks : before.marks,
      waiting: own,
    });
  }
  const apps = [...found.values()].filter((one) => hasMarks(one.marks) || one.waiting.length > 0);
  const hops = await asked(findHops(redis, keyPrefix, { pushkeys: [...pushkeys], withinMs }));
  const known: KnownPushkey = {
    apps,
    traced: hops?.ways.at(-1),
    notes: hiddenNotes(named, config.apps),
  };
  output.write(json ? pushkeyJson(known) : pushkeyText(known, Date.now()));
  return apps.length > 0 || known.traced !== undefined ? 'ok' : 'failure';
}

function isOf(
  device: { readonly appId: string; readonly pushkey: string } | undefined,
  { appId }: NamedPushkey,
  pushkeys: ReadonlySet<string>,
): boolean {
  return device !== undefined && pushkeys.has(device.pushkey) && (appId ?? device.appId) === device.appId;
}

function registrationOfPlace({ delivery }: StoredPlace): readonly NamedRegistration[] {
  return delivery === undefined ? [] : [{ app: delivery.app, device: delivery.device }];
}
