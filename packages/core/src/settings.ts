import { z } from 'zod';

/** Vocabulary of the configuration that all packages share. Values are written with their units. */

const durationUnits = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const sizeUnits = { B: 1, KiB: 1_024, MiB: 1_048_576, GiB: 1_073_741_824 } as const;

/** `500ms`, `20s`, `15m`, `2h`, `90d` → milliseconds. */
export function duration() {
  return z
    .string({ error: 'must be a duration such as 30s, 15m, 2h or 90d' })
    .regex(/^\d+(\.\d+)?(ms|s|m|min|h|d)$/, { error: 'must be a duration such as 30s, 15m, 2h or 90d' })
    .transform((text) => {
      const [, number = '', unit = ''] = /^([\d.]+)([a-z]+)$/.exec(text) ?? [];
      return Math.round(Number(number) * durationUnits[unit as keyof typeof durationUnits]);
    });
}

/** `65536`, `512KiB`, `1MiB` → bytes. */
export function size() {
  return z
    .union([z.int().positive(), z.string().regex(/^\d+(\.\d+)?(B|KiB|MiB|GiB)$/)], {
      error: 'must be a size such as 512KiB or 1MiB',
    })
    .transform((value) => {
      if (typeof value === 'number') return value;
      const [, number = '', unit = ''] = /^([\d.]+)([A-Za-z]+)$/.exec(value) ?? [];
      return Math.round(Number(number) * sizeUnits[unit as keyof typeof sizeUnits]);
    });
}

/** The path of a readable file, relative to the working directory. Secrets stand in files, never inline. */
export function filePath() {
  return z.string({ error: 'must be the path of a file' }).min(1, { error: 'must be the path of a file' });
}

/** Keys that every app has, whatever its type. */
export const commonAppSettings = {
  /** How long a message is worth delivering. */
  max_age: duration()
    .default(86_400_000)
    .describe(
      'Messages older than this are dropped and counted, not sent. Calls expire after 30 s all the same.',
    ),
  /** Queues that the app is spread over, by hash of the pushkey; one Redis Cluster slot each. */
  shards: z
    .int({ error: 'must be a whole number from 1 to 64' })
    .min(1, { error: 'must be at least 1' })
    .max(64, { error: 'must be at most 64' })
    .default(1)
    .describe('Queues that the app is spread over; each falls on one Redis Cluster slot.'),
} as const;
