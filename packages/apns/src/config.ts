import { caFile, filePath, originUrl } from '@carillon/core';
import type { SettingProblem } from '@carillon/core';
import { z } from 'zod';
import { pushTypeNames, pushTypes } from './payload/push-types.ts';
import type { PushType } from './payload/push-types.ts';

const tenCharacters = /^[A-Za-z0-9]{10}$/;

function flag(meaning: string) {
  return z
    .boolean({ error: `must be true or false: ${meaning}` })
    .default(true)
    .describe(meaning);
}

/** The keys of an app of type `apns`, named as Sygnal names them where it has them. */
export const apnsShape = {
  platform: z
    .enum(['production', 'prod', 'sandbox'], { error: 'must be production or sandbox' })
    .default('production')
    .transform((platform) => (platform === 'sandbox' ? 'sandbox' : 'production'))
    .describe('Which APNs: that of the App Store and TestFlight, or the sandbox of development builds.'),
  keyfile: filePath().optional().describe('Signing key from the Apple developer account (AuthKey_….p8).'),
  key_id: z
    .string({ error: 'must be the 10 characters that Apple shows beside the key' })
    .regex(tenCharacters, { error: 'must be the 10 characters that Apple shows beside the key' })
    .optional()
    .describe('ID of the signing key, 10 characters.'),
  team_id: z
    .string({ error: 'must be the 10 characters of the Apple developer team' })
    .regex(tenCharacters, { error: 'must be the 10 characters of the Apple developer team' })
    .optional()
    .describe('ID of the Apple developer team, 10 characters.'),
  topic: z
    .string({ error: 'must be the bundle ID of the app' })
    .regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,254}$/, {
      error: 'must be the bundle ID of the app, such as com.example.app',
    })
    .optional()
    .describe(
      'Bundle ID of the app. The suffix of a push type, such as .voip, is added if it is not there. With `certfile` the certificate names it.',
    ),
  certfile: filePath()
    .optional()
    .describe('PEM file with an APNs client certificate and its key, instead of the signing key.'),
  push_type: z
    .enum(pushTypeNames, { error: `must be one of ${pushTypeNames.join(', ')}` })
    .optional()
    .describe(
      'Value of apns-push-type. Default: alert for a payload with an alert, badge or sound, else background.',
    ),
  voip_all: z
    .boolean({ error: 'must be true or false: whether everything goes out as VoIP' })
    .default(false)
    .describe(
      'With `push_type: voip`: whether everything is sent, as Sygnal does, and not only calls. iOS ends an app that takes a VoIP push and reports no call.',
    ),
  convert_device_token_to_hex: flag('Whether pushkeys are base64 of the device token; false: they are hex.'),
  send_badge_counts: flag('Whether the badge shows unread messages and missed calls.'),
  sound: flag(
    'Whether alerts with a loc-key get the sound of the push rule, unless default_payload sets one.',
  ),
  thread_id: flag('Whether alerts with a loc-key are grouped by room, unless default_payload groups them.'),
  endpoint: originUrl('https://127.0.0.1:2197')
    .optional()
    .describe('Where to send instead of APNs: for stand-ins and tests.'),
  ca_file: caFile({ of: 'a stand-in' }),
} as const;

export type ApnsSettings = z.output<z.ZodObject<typeof apnsShape>>;

/** Sygnal's keys for which there is no use, and those of its other types that are met here by mistake. */
export const obsoleteApnsKeys: Readonly<Record<string, string>> = {
  inflight_request_limit: 'remove it: `worker.concurrency` bounds the sends in flight',
  max_connections:
    'remove it: one connection carries as many sends at once as APNs allows; `worker.concurrency` bounds them',
};

/** Who we are to APNs: a signing key with its IDs, or a client certificate, and never parts of both. */
export function checkApnsSettings(settings: ApnsSettings): readonly SettingProblem[] {
  const { certfile, push_type: pushType } = settings;
  if (settings.voip_all && pushType !== 'voip')
    return [{ key: 'voip_all', message: 'remove it: it has a meaning only beside `push_type: voip`' }];
  const needed = ['keyfile', 'key_id', 'team_id', 'topic'] as const;
  const ofKey = (['keyfile', 'key_id', 'team_id'] as const).filter((key) => settings[key] !== undefined);
  if (certfile === undefined && ofKey.length === 0)
    return [
      {
        key: 'keyfile',
        message:
          'is missing: give the signing key (`keyfile`, `key_id`, `team_id`, `topic`) or a client certificate (`certfile`)',
      },
    ];
  if (certfile !== undefined && ofKey.length > 0)
    return [
      {
        key: 'certfile',
        message: `cannot stand beside ${ofKey.map((key) => `\`${key}\``).join(', ')}: keep either the certificate or the signing key`,
      },
    ];
  if (certfile === undefined)
    return needed
      .filter((key) => settings[key] === undefined)
      .map((key) => ({ key, message: `is missing: ${cures[key]}` }));
  const { needsToken }: PushType = pushTypes[pushType ?? 'alert'];
  return needsToken === true
    ? [
        {
          key: 'push_type',
          message: `${pushType} works only with a signing key: give \`keyfile\`, \`key_id\` and \`team_id\` instead of \`certfile\``,
        },
      ]
    : [];
}

const cures = {
  keyfile: 'give the path of the signing key, the .p8 file from the Apple developer account',
  key_id: 'give the 10 characters that Apple shows beside the key; they are also in the name of its file',
  team_id:
    'give the 10 characters of the Apple developer team, under Membership in the Apple developer account',
  topic: 'give the bundle ID of the app, such as com.example.app',
} as const;
