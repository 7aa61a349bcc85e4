import { expect, test } from 'vitest';
import { z } from 'zod';
import { filePath, fileSettings } from './settings.ts';

test('finds the settings that name files, however they are wrapped', () => {
  const shape = {
    keyfile: filePath().describe('The key.'),
    certfile: filePath().optional().describe('A certificate.'),
    ca_file: filePath().default('ca.pem'),
    topic: z.string().optional(),
    note: z.string().meta({ title: 'text' }),
  };
  expect(fileSettings(shape)).toEqual(['keyfile', 'certfile', 'ca_file']);
});
