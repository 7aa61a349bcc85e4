import { expect, test } from 'vitest';
import { createExpiryWatch, type CredentialOfApp } from './expiry-watch.ts';

const dayMs = 86_400_000;

function setup() {
  let now = 1_800_000_000_000;
  const lines: object[] = [];
  let series: readonly object[] = [];
  const write = (level: string) => (fields: object, msg: string) =>
    void lines.push({ level, ...fields, msg });
  const watch = createExpiryWatch({
    metrics: { setCredentialExpiries: (expiries) => (series = expiries) },
    log: { warn: write('warn') as never, error: write('error') as never },
    now: () => now,
  });
  return {
    watch,
    credential: (daysLeft: number): CredentialOfApp => ({
      app: 'a',
      setting: 'certfile',
      file: 'apns.pem',
      cure: 'renew it',
      expiresAt: now + daysLeft * dayMs,
    }),
    pass: (days: number) => (now += days * dayMs),
    series: () => series,
    told: () => lines.splice(0),
  };
}

test('warns 30, 7 and 1 days before, each once, and calls an expired one an error', () => {
  const { watch, credential, pass, told } = setup();
  const mine = credential(31);
  const warned: [number, object][] = [];
  for (let day = 0; day <= 32; day += 0.5) {
    watch.look([mine]);
    for (const line of told()) warned.push([31 - day, line]);
    pass(0.5);
  }
  expect(warned).toEqual([
    [30, expect.objectContaining({ level: 'warn', setting: 'certfile', cure: 'renew it', daysLeft: 30 })],
    [7, expect.objectContaining({ level: 'warn', daysLeft: 7 })],
    [1, expect.objectContaining({ level: 'warn', daysLeft: 1 })],
    [0, expect.objectContaining({ level: 'error', msg: 'a certificate has expired' })],
  ]);
});

test('warns once of one that is found near its end, and anew when it was replaced by one near its end', () => {
  const { watch, credential, told } = setup();
  watch.look([credential(0.5)]);
  expect(told()).toEqual([expect.objectContaining({ daysLeft: 0 })]);
  watch.look([credential(5)]);
  watch.look([credential(5)]);
  expect(told()).toEqual([expect.objectContaining({ daysLeft: 5 })]);
  watch.look([credential(300)]);
  expect(told()).toEqual([]);
});

test('warns once of a file that many apps share', () => {
  const { watch, credential, series, told } = setup();
  const shared = Array.from({ length: 60 }, (_, n) => ({ ...credential(5), app: `app${n}` }));
  watch.look(shared);
  expect(told()).toEqual([expect.objectContaining({ app: 'app0', otherApps: 59, daysLeft: 5 })]);
  watch.look(shared.slice(1));
  expect(told()).toEqual([]);
  expect(series()).toHaveLength(59);
});

test('keeps as a metric what is in use, in seconds', () => {
  const { watch, credential, series } = setup();
  watch.look([credential(0)]);
  expect(series()).toEqual([{ app: 'a', credential: 'certfile', seconds: 1_800_000_000 }]);
  watch.look([]);
  expect(series()).toEqual([]);
});
