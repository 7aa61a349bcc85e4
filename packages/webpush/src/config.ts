import { caFile, duration, filePath } from '@carillon/core';
import type { SettingProblem } from '@carillon/core';
import { z } from 'zod';
import { isCidr } from '@carillon/sending';
import { endpointPattern } from './connection/endpoint-rules.ts';
import { pushServices } from './connection/services.ts';

const ttlError = 'must be a duration such as 15m, or a whole number of seconds, up to 30d';
const maxTtlSeconds = 2_592_000;

/** The keys of an app of type `webpush`, named as Sygnal names them where it has them. */
export const webpushShape = {
  vapid_private_key: filePath().describe(
    'File of the P-256 private key that the application signs with, in PEM or as 43 characters of base64url. Browsers that subscribed with its public key take messages from no other.',
  ),
  vapid_contact: z
    .string({ error: 'must be a contact such as mailto:ops@example.com' })
    .refine(isContact, {
      error:
        'must be mailto: and an address without blanks or brackets, or an https URL, of a host that the push services can know',
    })
    .optional()
    .describe('Who the push services may write to: a `mailto:` or `https:` URI.'),
  vapid_contact_email: z
    .string({ error: 'must be an address such as ops@example.com' })
    .refine((email) => isContact(`mailto:${email}`), {
      error: 'must be an address such as ops@example.com, without mailto:',
    })
    .optional()
    .describe("Sygnal's way to write `vapid_contact`: an address without `mailto:`."),
  allowed_endpoints: z
    .array(
      z.string({ error: 'must be a host or host:port' }).regex(endpointPattern, {
        error: 'must be a host or host:port, where * and ? may stand for any characters, without https://',
      }),
      { error: 'must be a list of hosts' },
    )
    .min(1, { error: 'must name at least one host' })
    .default(pushServices.flatMap(({ hosts }) => hosts))
    .describe(
      'Hosts that messages are sent to: `host` (port 443) or `host:port`, with globs. Others are refused. Default: the push services of the browsers.',
    ),
  allow_private_endpoints: z
    .array(
      z
        .string({ error: 'must be a network such as 10.0.0.0/8' })
        .refine(isCidr, { error: 'must be a network such as 10.0.0.0/8 or fd00::/8' }),
      { error: 'must be a list of networks' },
    )
    .default([])
    .describe(
      'Networks that endpoints may be in although they are private or reserved, such as those of an own push server.',
    ),
  ca_file: caFile({ of: 'a push server of your own' }),
  ttl: z
    .union(
      [
        z
          .int()
          .min(0)
          .max(maxTtlSeconds)
          .transform((seconds) => seconds * 1_000),
        duration({ atMost: '30d' }),
      ],
      { error: ttlError },
    )
    .prefault('15m')
    .meta({ title: 'duration' })
    .describe(
      'How long a push service keeps a message for a browser that is away; a number is seconds. Less than 60 s counts as 60 s, since some services drop or refuse such messages; no message outlives its `max_age`.',
    ),
} as const;

export type WebPushSettings = z.output<z.ZodObject<typeof webpushShape>>;

export const obsoleteWebPushKeys: Readonly<Record<string, string>> = {
  max_connections:
    'remove it: connections are opened as needed; `worker.concurrency` bounds the sends in flight',
  inflight_request_limit: 'remove it: `worker.concurrency` bounds the sends in flight',
};

export function checkWebPushSettings(settings: WebPushSettings): readonly SettingProblem[] {
  const { vapid_contact: contact, vapid_contact_email: email } = settings;
  if (contact === undefined && email === undefined)
    return [
      {
        key: 'vapid_contact',
        message: 'is missing: write who the push services may contact, such as mailto:ops@example.com',
      },
    ];
  if (contact !== undefined && email !== undefined)
    return [{ key: 'vapid_contact_email', message: 'remove it: `vapid_contact` says the same' }];
  return [];
}

/** The `sub` of our credentials. */
export function contactOf({ vapid_contact: contact, vapid_contact_email: email }: WebPushSettings): string {
  return contact ?? `mailto:${email}`;
}

/** What every service takes: Apple refuses blanks, brackets and local hosts with `BadJwtToken`. */
function isContact(text: string): boolean {
  const [, domain] = /^mailto:[^\s<>@,;?]+@([^\s<>@,;?]+)$/.exec(text) ?? [];
  const host = domain ?? (/^https:\/\/[^\s<>]+$/.test(text) ? URL.parse(text)?.hostname : undefined);
  return host !== undefined && host.includes('.') && !/(^|\.)(localhost|local)\.?$/i.test(host);
}
