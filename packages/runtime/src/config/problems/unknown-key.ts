import { nearestWord } from './nearest-word.ts';

/** A map of the configuration and the keys that it may hold. */
export interface Place {
  /** `ingress`, `rejections.fuse`, `apps of type fcm`; empty for the top level. */
  readonly name: string;
  readonly keys: readonly string[];
}

/**
 * What to write instead of keys that Carillon does not have: those of Sygnal's configuration, and those that
 * other programs have for the same thing.
 */
const insteadOf: Readonly<Record<string, string>> = {
  http: 'write ingress.listen, such as 0.0.0.0:8080',
  metrics: 'Prometheus metrics are always on, at ingress.ops_listen and worker.ops_listen',
  database: 'leave it out, everything is kept in Redis',
  db: 'leave it out, everything is kept in Redis',
  'log.setup': 'write log.level, such as info',
  'log.access': 'leave it out, requests are counted in the metrics and not logged',
  'redis.host': 'write redis.url, such as redis://host:6379/0',
  'redis.port': 'write redis.url, such as redis://host:6379/0',
  'redis.db': 'write redis.url, such as redis://host:6379/0',
  'redis.password': 'write the password into a file and name that file in redis.password_file',
  'redis.tls': 'begin the URL with rediss://',
  'ingress.host': 'write ingress.listen, such as 0.0.0.0:8080',
  'ingress.port': 'write ingress.listen, such as 0.0.0.0:8080',
  'ingress.bind_addresses': 'write ingress.listen, such as 0.0.0.0:8080',
};

/**
 * Says of a key that does not exist what to do about it: write another one, move it, mend the spelling, or
 * choose from what there is.
 */
export function unknownKey(
  key: string,
  here: Place,
  elsewhere: readonly Place[],
  obsoleteKeys: Readonly<Record<string, string>> = insteadOf,
): string {
  const path = here.name === '' ? key : `${here.name}.${key}`;
  for (const name of [path, key])
    if (Object.hasOwn(obsoleteKeys, name)) return `is not a setting of Carillon: ${obsoleteKeys[name]}`;
  const homes = elsewhere.filter(({ keys }) => keys.includes(key)).map(({ name }) => name);
  if (homes.length > 0)
    return `does not belong here, but ${homes.map((name) => (name === '' ? 'to the top level' : `to ${name}`)).join(' or ')}`;
  const near = nearestWord(key, here.keys);
  return near === undefined
    ? `is not a setting; choose from ${here.keys.toSorted().join(', ')}`
    : `is not a setting; did you mean ${near}?`;
}
