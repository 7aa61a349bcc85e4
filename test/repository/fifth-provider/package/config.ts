import { filePath } from '@carillon/core';
import { z } from 'zod';

export const bellShape = {
  rope_file: filePath().describe('File with the secret that rings the bells.'),
  endpoint: z
    .url({ error: 'must be a URL such as http://127.0.0.1:8082' })
    .describe('Where the belfry listens.'),
} as const;

export type BellSettings = z.output<z.ZodObject<typeof bellShape>>;
