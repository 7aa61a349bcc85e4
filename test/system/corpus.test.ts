import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startInstallation } from '../installation/installation.ts';
import { createNotifier } from '../installation/notify.ts';

/** Requests of a real Synapse, recorded; they lie beside the repository where they are to be had. */
const corpus = join(import.meta.dirname, '../../../shared/corpus/synapse');

test.skipIf(!existsSync(corpus))('everything that a real Synapse sends is answered 200', async () => {
  await using installation = await startInstallation({ sections: '' });
  const { url } = await installation.startIngress();
  using notifier = createNotifier(url);
  const entries = readdirSync(corpus)
    .filter((file) => file.endsWith('.json'))
    .flatMap((file) => JSON.parse(readFileSync(join(corpus, file), 'utf8')) as { readonly body: object }[]);
  expect(entries.length).toBeGreaterThan(100);
  const answers = await Promise.all(entries.map(({ body }) => notifier.post(body)));
  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
});
