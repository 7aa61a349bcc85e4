import { eventKinds, filePath } from '@carillon/core';
import { z } from 'zod';
import { addressRange } from '../values/address.ts';

const urlError = 'must be an https URL, without a user or password in it';
const kindError = `must be a list of ${eventKinds.join(', ')}`;

export const eventsSettings = z
  .strictObject(
    {
      url: z
        .string({ error: urlError })
        .refine(isHttps, { error: urlError })
        .optional()
        .describe('Where events are posted to. Without it there are none.'),
      secret_file: filePath()
        .optional()
        .describe('A file of the secret that posts are signed with, of at least 24 characters.'),
      kinds: z
        .array(z.enum(eventKinds, { error: kindError }), { error: kindError })
        .min(1, { error: kindError })
        .default([...eventKinds])
        .describe('What is told. Default: everything.'),
      pushkeys: z
        .enum(['fingerprints', 'plain'])
        .default('fingerprints')
        .describe('Whether events name pushkeys and event ids, or only their fingerprints under the secret.'),
      ca_file: filePath().optional().describe('A file of authorities in PEM to trust beside the usual ones.'),
      allow_private: z
        .array(addressRange(), { error: 'must be a list of IP addresses and CIDRs' })
        .default([])
        .describe('Networks that `url` may lead to although they are private, such as `10.0.0.0/8`.'),
    },
    { error: 'must be a map of settings' },
  )
  .refine(({ url, secret_file: file }) => url === undefined || file !== undefined, {
    path: ['secret_file'],
    error: 'is missing: name a file with the secret that posts to `url` are signed with',
  })
  .transform((settings) => ({
    ...(settings.url !== undefined && { url: settings.url }),
    ...(settings.secret_file !== undefined && { secretFile: settings.secret_file }),
    kinds: settings.kinds,
    pushkeys: settings.pushkeys,
    ...(settings.ca_file !== undefined && { caFile: settings.ca_file }),
    allowPrivate: settings.allow_private,
  }))
  .prefault({})
  .describe("Posts to the operator's own system of what became of deliveries (docs/events.md).");

function isHttps(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === 'https:' && url.username === '' && url.password === '';
}
