import { duration, filePath } from '@carillon/core';
import { z } from 'zod';
import type { AppType } from './app-type.ts';

/** Two providers for tests, with every kind of rule that real ones have. */
export const sampleAppTypes: readonly AppType[] = [
  {
    types: ['bell', 'gong'],
    shape: {
      platform: z
        .enum(['production', 'sandbox'], { error: 'must be production or sandbox' })
        .default('production')
        .describe('Where it rings.'),
      keyfile: filePath().optional().describe('The key.'),
      key_id: z
        .string({ error: 'must be 10 letters and digits' })
        .regex(/^[A-Z\d]{10}$/, { error: 'must be 10 letters and digits' })
        .optional()
        .describe('The name of the key.'),
      topic: z.string().min(1).describe('The topic.'),
      options: z.record(z.string(), z.unknown()).optional().describe('Sent along.'),
    },
    check(settings) {
      const { keyfile, key_id: keyId, options } = settings;
      if (keyfile !== undefined && keyId === undefined)
        return [{ key: 'key_id', message: 'is needed with keyfile; write the name of the key' }];
      return typeof options === 'object' && options !== null && 'topic' in options
        ? [{ key: 'options.topic', message: 'stands in topic already; leave it out' }]
        : [];
    },
    obsoleteKeys: { inflight_request_limit: 'write worker.concurrency' },
  },
  {
    types: ['drum'],
    shape: {
      project_id: z.string({ error: 'must be a project' }).describe('The project.'),
      version: z.literal('v1', { error: 'must be v1' }).default('v1').describe('The only one.'),
      ttl: duration({ atMost: '28d' }).prefault('15m').describe('How long it is kept.'),
    },
    obsoleteKeys: {},
  },
];
