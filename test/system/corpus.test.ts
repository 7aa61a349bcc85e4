import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startInstallation } from '../installation/installation.ts';
import { createNotifier } from '../installation/notify.ts';

/** Requests of a real Synapse, recorded. */
const recorded = join(import.meta.dirname, '../fakes/homeserver/fixtures/synapse-notifies.json');

test('everything that a real Synapse sends is answered 200', async () => {
  await using installation = await startInstallation({ sections: '' });
  const { url } = await installation.startIngress();
  using notifier = createNotifier(url);
  const corpus = JSON.parse(readFileSync(recorded, 'utf8')) as Readonly<
    Record<string, readonly { readonly body: object }[]>
  >;
  const entries = Object.values(corpus).flat();
  expect(entries.length).toBeGreaterThan(100);
  const answers = await Promise.all(entries.map(({ body }) => notifier.post(body)));
  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
});
