import { parseNotifyRequest } from '@carillon/core';
import { expect, test } from 'vitest';
import { codeBlocks } from './markdown.ts';
import { readRepositoryFile } from './root.ts';

test('the first push of the README can be read, and makes a sound', () => {
  const blocks = codeBlocks(readRepositoryFile('README.md'), 'sh');
  const [, body = ''] = /<<END\n([^]*?)\nEND/.exec(blocks.join('\n')) ?? [];

  const parsed = parseNotifyRequest(JSON.parse(body));

  expect(parsed).toMatchObject({ ok: true, request: { devices: [{ tweaks: { sound: 'default' } }] } });
});
