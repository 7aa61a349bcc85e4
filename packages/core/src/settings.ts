import { z } from 'zod';
import type { Lane } from './delivery.ts';

/** Vocabulary of the configuration that all packages share. Values are written with their units. */

const durationUnits = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const sizeUnits = { B: 1, KiB: 1_024, MiB: 1_048_576, GiB: 1_073_741_824 } as const;

const durationPattern = /^(\d+(?:\.\d+)?)(ms|s|m|min|h|d)$/;
const sizePattern = /^(\d+(?:\.\d+)?)(B|KiB|MiB|GiB)$/;

/** The values that a setting may have, both ends included and written as in the configuration. */
export interface SettingRange {
  readonly atLeast?: string;
  readonly atMost?: string;
}

/** `500ms`, `20s`, `15m`, `2h`, `90d` → milliseconds. */
export function duration({ atLeast = '0s', atMost = '3650d' }: SettingRange = {}) {
  const error = 'must be a duration such as 30s, 15m, 2h or 90d';
  return z
    .string({ error })
    .regex(durationPattern, { error })
    .transform(durationMs)
    .refine((ms) => ms >= durationMs(atLeast) && ms <= durationMs(atMost), {
      error: `must be from ${atLeast} to ${atMost}`,
    })
    .meta({ title: 'duration' });
}

/** `65536`, `512KiB`, `1MiB` → bytes. */
export function size({ atLeast = '1B', atMost = '1GiB' }: SettingRange = {}) {
  const error = 'must be a size such as 512KiB or 1MiB';
  return z
    .union([z.int({ error }), z.string().regex(sizePattern, { error })], { error })
    .transform(sizeBytes)
    .refine((bytes) => bytes >= sizeBytes(atLeast) && bytes <= sizeBytes(atMost), {
      error: `must be from ${atLeast} to ${atMost}`,
    })
    .meta({ title: 'size' });
}

function durationMs(text: string): number {
  const [, number = '', unit = ''] = durationPattern.exec(text) ?? [];
  return Math.round(Number(number) * durationUnits[unit as keyof typeof durationUnits]);
}

function sizeBytes(value: string | number): number {
  if (typeof value === 'number') return value;
  const [, number = '', unit = ''] = sizePattern.exec(value) ?? [];
  return Math.round(Number(number) * sizeUnits[unit as keyof typeof sizeUnits]);
}

const fileTitle = 'file';

/** The path of a readable file, relative to the working directory. Secrets stand in files, never inline. */
export function filePath() {
  return (
    z
      .string({ error: 'must be the path of a file' })
      .min(1, { error: 'must be the path of a file' })
      // Said without quoting it.
      .refine((path) => !/[\r\n{}]|-----BEGIN/.test(path), {
        error: 'holds a secret itself, it seems; write it into a file and give the path of that',
      })
      .meta({ title: fileTitle })
  );
}

/** The setting `ca_file`. `of`: whose certificates besides a proxy's; `places`: where they count, if not everywhere. */
export function caFile({ of, places }: { readonly of: string; readonly places?: string }) {
  const where = places === undefined ? '' : `for ${places}: `;
  return filePath()
    .optional()
    .describe(
      `PEM certificates that are trusted beside the usual ones, ${where}such as those of a proxy that looks into TLS, or of ${of}.`,
    );
}

/** The URL of a server and nothing in it. Without TLS only where `schemes` say so. */
export function originUrl(example: string, schemes: readonly ('http' | 'https')[] = ['https']) {
  const isOrigin = (text: string): boolean => {
    const url = URL.parse(text);
    if (url === null) return false;
    const { protocol, pathname, search, hash, username, password } = url;
    return (
      schemes.some((scheme) => protocol === `${scheme}:`) &&
      pathname === '/' &&
      search + hash + username + password === ''
    );
  };
  return z
    .string({ error: `must be a URL such as ${example}` })
    .refine(isOrigin, { error: `must be an ${schemes.join(' or ')} URL without path, query or user` });
}

/** A setting that names a file, such as `keyfile` or, in a section, `unifiedpush.ca_file`. */
export interface SettingFileName {
  readonly key: string;
  readonly path: string;
}

/** What stands in settings made by `filePath`: files that have to be read again when they change. */
export function settingFiles(
  shape: z.ZodRawShape,
  settings: Readonly<Record<string, unknown>>,
): readonly SettingFileName[] {
  return Object.entries(shape).flatMap(([key, schema]) => {
    const value = settings[key];
    if (titleOf(schema) === fileTitle) return typeof value === 'string' ? [{ key, path: value }] : [];
    const section = schema instanceof z.ZodOptional ? schema.unwrap() : schema;
    if (!(section instanceof z.ZodObject) || typeof value !== 'object' || value === null) return [];
    const inner = settingFiles(section.shape, value as Readonly<Record<string, unknown>>);
    return inner.map((file) => ({ ...file, key: `${key}.${file.key}` }));
  });
}

/** `optional()` and `default()` wrap a schema without taking over what is said of it. */
function titleOf(schema: unknown): string | undefined {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return titleOf(schema.unwrap());
  return schema instanceof z.ZodType ? schema.meta()?.title : undefined;
}

/** How long a delivery of each lane is worth sending, in milliseconds. */
export type MaxAge = Readonly<Record<Lane, number>>;

const callAgeMs = 30_000; // a call that rings after the caller gave up is worse than none
const messageAgeMs = 86_400_000;

/** One duration, or one for each lane. */
function maxAge() {
  const ofMessages = duration({ atLeast: '1s', atMost: '30d' });
  const byLane = z.strictObject(
    {
      high: ofMessages.optional(),
      low: ofMessages.optional(),
      calls: duration({ atLeast: '1s', atMost: '5m' }).optional(),
    },
    { error: 'must be a duration such as 24h, or a map of high, low and calls' },
  );
  return z
    .union([ofMessages, byLane], { error: 'must be a duration such as 24h, or a map of high, low and calls' })
    .transform((age): MaxAge => {
      const {
        high = messageAgeMs,
        low = high,
        calls = callAgeMs,
      } = typeof age === 'number' ? { high: age } : age;
      return { high, low, calls: Math.min(calls, high) };
    })
    .prefault('24h');
}

/** Keys that every app has, whatever its type. */
export const commonAppSettings = {
  /** How long a delivery is worth sending. */
  max_age: maxAge().describe(
    'Deliveries older than this are dropped and counted, not sent: one time for messages of both priorities, or a map by lane, such as `{high: 24h, low: 4h, calls: 30s}`. Calls: `30s` unless the map says otherwise, and never longer than messages of high priority.',
  ),
  /** What may wait for the app. */
  max_backlog: z
    .int({ error: 'must be a whole number from 10 to 100000000' })
    .min(10, { error: 'must be at least 10' })
    .max(100_000_000, { error: 'must be at most 100000000' })
    .default(1_000_000)
    .describe(
      'Deliveries that may wait for the app. Above it those to registrations that are not known make room for the others, and those of low priority are dropped at the door; both are counted. For the others the homeserver is told 503, to come again later: at once where the registration is not known, above it by a quarter where it is, by a half for calls. One costs Redis about 0.8 kB.',
    ),
  /** What all of that may take. */
  max_backlog_memory: size({ atLeast: '1MiB', atMost: '1024GiB' })
    .prefault('1GiB')
    .describe(
      'Memory of Redis that they may take, with the same consequences. Anybody may send deliveries of some 40 kB: keep what your apps may take together below what Redis has.',
    ),
} as const;
