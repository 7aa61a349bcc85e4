import { expect, test } from 'vitest';
import { providers } from '../../script/generate/providers.ts';

const rows = providers.flatMap(({ title, answers }) => answers.map((row) => ({ title, ...row })));

test.each(providers)('what $title answers by HTTP was sent', ({ answers }) => {
  const byStatus = answers.filter(({ answer }) => /^[1-5](\d\d|xx)/.test(answer));
  expect(byStatus.length).toBeGreaterThan(10);
  expect(byStatus.filter(({ sent }) => !sent)).toEqual([]);
});

test.each(providers)('what $title calls not sent was not', ({ answers }) => {
  const refused = answers.filter(({ answer }) => answer.startsWith('not sent'));
  expect(refused.length).toBeGreaterThan(3);
  expect(refused.filter(({ sent }) => sent)).toEqual([]);
});

test.each(['shutdown', 'connect_failed', 'tls_failed', 'proxy_failed'])(
  'a send that ends with %s never left this process, whatever the provider',
  (reason) => {
    const ours = rows.filter((row) => row.reason === reason);
    expect(ours.map(({ title, sent }) => [title, sent])).toEqual(
      providers.map(({ title }) => [title, false]),
    );
  },
);

test('a send that may have arrived spends a try, with every provider', () => {
  const surelyUnprocessed = new Set(['refused_stream', 'goaway_unprocessed']);
  const uncertain = rows.filter(
    ({ kind, sent, reason }) => kind === 'later' && sent && !surelyUnprocessed.has(reason),
  );
  expect(uncertain.length).toBeGreaterThan(20);
  expect(uncertain.filter((row) => row.kind === 'later' && !row.later.spendsTry)).toEqual([]);
});
