import { caFile, filePath, originUrl } from '@carillon/core';
import { isObject } from '@carillon/sending';
import type { SettingProblem } from '@carillon/core';
import { z } from 'zod';

/** What a project ID is made of; it stands in a path. */
export const projectIdForm = /^[A-Za-z0-9][A-Za-z0-9.:_-]*$/;

/**
 * The keys of an app of type `fcm`, named as Sygnal names them where it has them.
 * Keys that stand in the file but are not here are `obsoleteKeys` or unknown.
 */
export const fcmShape = {
  project_id: z
    .string({ error: 'must be the ID of the Firebase project' })
    .regex(projectIdForm, {
      error: 'must be the ID of the Firebase project, such as example-project-1a2b3',
    })
    .optional()
    .describe('ID of the Firebase project. Default: the one in the service account file.'),
  service_account_file: filePath().describe(
    'JSON key of a service account that may send (role "Firebase Cloud Messaging API Admin").',
  ),
  fcm_options: z
    .record(z.string(), z.unknown(), { error: 'must be an object of FCM message fields' })
    .default({})
    .describe(
      'Fields of the FCM message beneath what Carillon sets, such as `android`, `apns`, `notification`.',
    ),
  send_badge_counts: z
    .boolean({ error: 'must be true or false' })
    .default(true)
    .describe('Whether `unread` and `missed_calls` are sent.'),
  api_version: z
    .literal('v1', {
      error: ({ input }) =>
        input === 'legacy'
          ? 'Google shut the legacy API down in 2024: write `api_version: v1`, or leave it out, and give a `service_account_file`'
          : 'must be v1, the only version of the FCM API there is',
    })
    .default('v1')
    .describe('Read for the sake of Sygnal configurations; v1 is the only version.'),
  endpoint: originUrl('https://fcm.googleapis.com', ['http', 'https'])
    .default('https://fcm.googleapis.com')
    .describe('Where messages are sent. Other than the default for stand-ins and tests.'),
  ca_file: caFile({ of: 'a stand-in', places: '`endpoint` and the token endpoint' }),
} as const;

export type FcmSettings = z.output<z.ZodObject<typeof fcmShape>>;

export const obsoleteFcmKeys: Readonly<Record<string, string>> = {
  api_key:
    'API keys belonged to the legacy API, which Google shut down in 2024: give a `service_account_file` instead',
  max_connections:
    'remove it: connections are opened as needed, each carries 90 sends at once; `worker.concurrency` bounds the sends in flight',
  inflight_request_limit: 'remove it: `worker.concurrency` bounds the sends in flight',
};

/**
 * Bytes of the 4096 that display texts of `fcm_options` may take. What is left always holds a notification whose
 * texts are cut to the bone (`fit.ts`).
 */
const maxOptionTextBytes = 1024;

/** What may not stand in `fcm_options`, because it would be overwritten or would swallow the notification. */
export function checkFcmSettings({ fcm_options: options }: FcmSettings): readonly SettingProblem[] {
  if (!isJson(options)) return [{ key: 'fcm_options', message: 'must be plain values, without cycles' }];
  const problems: SettingProblem[] = [];
  for (const target of ['token', 'fid', 'topic', 'condition'])
    if (Object.hasOwn(options, target))
      problems.push({
        key: `fcm_options.${target}`,
        message: 'remove it: a message goes to the pushkey of the device, and FCM takes only one target',
      });
  if (Object.hasOwn(options, 'data'))
    problems.push({
      key: 'fcm_options.data',
      message:
        'remove it: the data are those of the notification; constants belong into the `default_payload` of the client',
    });
  const android = options['android'];
  if (android !== undefined) problems.push(...checkAndroid(android));
  if (optionTextBytes(options) > maxOptionTextBytes)
    problems.push({
      key: 'fcm_options.notification',
      message: `must be at most ${maxOptionTextBytes} bytes of JSON: the notification shares 4096 bytes with it`,
    });
  return problems;
}

function checkAndroid(android: unknown): readonly SettingProblem[] {
  if (!isObject(android)) return [{ key: 'fcm_options.android', message: 'must be an object' }];
  const problems: SettingProblem[] = [];
  if (Object.hasOwn(android, 'data'))
    problems.push({
      key: 'fcm_options.android.data',
      message: 'remove it: FCM would send it instead of the data of the notification',
    });
  if (android['ttl'] !== undefined && ttlSeconds(android['ttl']) === undefined)
    problems.push({
      key: 'fcm_options.android.ttl',
      message: 'must be a string of seconds such as "3600s", from "0s" to "2419200s"',
    });
  return problems;
}

/** Four weeks: the longest `android.ttl` and FCM's default (AndroidConfig in the REST reference). */
export const maxTtlSeconds = 2_419_200;

/** Reads a duration of `android.ttl`; undefined if FCM would not take it. */
export function ttlSeconds(ttl: unknown): number | undefined {
  if (typeof ttl !== 'string' || !/^\d+(\.\d{1,9})?s$/.test(ttl)) return undefined;
  const seconds = Number(ttl.slice(0, -1));
  return seconds <= maxTtlSeconds ? seconds : undefined;
}

/** What the display texts of `fcm_options` take of the 4096 bytes of a payload. */
export function optionTextBytes(options: Readonly<Record<string, unknown>>): number {
  const android = options['android'];
  const blocks = [options['notification'], isObject(android) ? android['notification'] : undefined];
  return blocks
    .filter((block) => block !== undefined)
    .reduce<number>((bytes, block) => bytes + Buffer.byteLength(JSON.stringify(block)), 0);
}

/** The anchors of YAML can tie a value into itself. */
function isJson(value: unknown): boolean {
  try {
    return typeof JSON.stringify(value) === 'string';
  } catch {
    return false;
  }
}
