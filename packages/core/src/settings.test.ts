import { expect, test } from 'vitest';
import { z } from 'zod';
import { filePath, originUrl, settingFiles } from './settings.ts';

test('finds the settings that name files, however they are wrapped', () => {
  const shape = {
    keyfile: filePath().describe('The key.'),
    certfile: filePath().optional().describe('A certificate.'),
    ca_file: filePath().default('ca.pem'),
    topic: z.string().optional(),
    note: z.string().meta({ title: 'text' }),
  };
  const section = z.strictObject({ key: filePath(), ttl: z.number() }).optional();
  const all = { ...shape, section, other: section };
  const settings = {
    keyfile: 'k.p8',
    ca_file: 'ca.pem',
    topic: 't',
    note: 'n',
    section: { key: 'v.pem', ttl: 1 },
  };
  expect(settingFiles(all, settings)).toEqual([
    { key: 'keyfile', path: 'k.p8' },
    { key: 'ca_file', path: 'ca.pem' },
    { key: 'section.key', path: 'v.pem' },
  ]);
});

test.each([
  ['https://127.0.0.1:2197', true],
  ['https://push.example.org/', true],
  ['http://127.0.0.1:2197', false],
  ['https://push.example.org/path', false],
  ['https://push.example.org/?query', false],
  ['https://push.example.org/#part', false],
  ['https://user@push.example.org', false],
  ['https://:secret@push.example.org', false],
  ['push.example.org', false],
])('an origin is a URL of a server alone, with TLS: %s', (url, isRight) => {
  expect(originUrl('https://example.org').safeParse(url).success).toBe(isRight);
});

test('an origin may go without TLS where its setting says so', () => {
  const either = originUrl('https://example.org', ['http', 'https']);
  expect(either.safeParse('http://127.0.0.1:2197').success).toBe(true);
  expect(either.safeParse('ftp://127.0.0.1').success).toBe(false);
});
