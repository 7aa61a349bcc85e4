import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { providers } from '../../script/generate/providers.ts';
import { goldenCases } from './cases.ts';
import { outdated } from './outdated.ts';
import { pathOf, recordGoldenFiles } from './record.ts';
import type { GoldenFile } from './record.ts';
import { dataBytes } from './stand-ins.ts';

const root = join(import.meta.dirname, '../..');
const stored = (path: string) => readFileSync(join(root, path), 'utf8');

let recorded: ReadonlyMap<string, string>;
beforeAll(async () => {
  recorded = await recordGoldenFiles();
});

test.each(goldenCases.map(pathOf))('%s is what the phone gets', (path) => {
  expect(recorded.get(path), 'if that is meant: npm run golden').toBe(stored(path));
});

test('every provider has golden files', () => {
  const recordedOf = new Set<string>(goldenCases.map(({ provider }) => provider));
  expect(providers.map(({ module }) => module.types[0]).filter((type) => !recordedOf.has(type))).toEqual([]);
});

test('no golden file is out of date or left over', () => {
  expect(outdated(root, recorded)).toEqual([]);
});

test('a golden file that is missing, changed or left over is noticed', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'carillon-outdated-'));
  onTestFinished(() => rmSync(scratch, { recursive: true }));
  const folder = 'test/golden/files/apns';
  mkdirSync(join(scratch, folder), { recursive: true });
  for (const name of ['same', 'changed', 'left-over'])
    writeFileSync(join(scratch, folder, `${name}.json`), name);
  const texts = ['same', 'missing'].map((name) => [`${folder}/${name}.json`, name] as const);

  expect(outdated(scratch, new Map([...texts, [`${folder}/changed.json`, 'otherwise']]))).toEqual(
    ['changed', 'left-over', 'missing'].map((name) => `${folder}/${name}.json`),
  );
});

/** Bytes that each provider takes: Apple, "Generating a remote notification"; FCM, "Message types"; RFC 8291. */
const limits = { apns: 4096, voip: 5120, fcm: 4096, webpush: 3993 } as const;

test.each(goldenCases)('$provider $name: exactly what was delivered went out, within the limit', (one) => {
  const { app, upstream, outcome } = JSON.parse(stored(pathOf(one))) as GoldenFile;
  const limit = app['push_type'] === 'voip' ? limits.voip : limits[one.provider];

  expect(upstream).toHaveLength(outcome['kind'] === 'delivered' ? 1 : 0);
  for (const { payload, bytes } of upstream) {
    const counted =
      one.provider === 'fcm'
        ? dataBytes((payload as { message: { data: Record<string, string> } }).message.data)
        : Buffer.byteLength(JSON.stringify(payload));
    expect([counted, counted <= limit]).toEqual([bytes, true]);
  }
});

test.each(['apns', 'fcm', 'webpush'] as const)(
  '%s: texts that were cut fill what room there is',
  (provider) => {
    const bytes = goldenCases
      .filter((one) => one.provider === provider && one.name.startsWith('too-long-'))
      .flatMap((one) => (JSON.parse(stored(pathOf(one))) as GoldenFile).upstream.map((sent) => sent.bytes));

    expect(bytes.length).toBeGreaterThan(1);
    expect(Math.min(...bytes)).toBeGreaterThan(1_000);
  },
);
