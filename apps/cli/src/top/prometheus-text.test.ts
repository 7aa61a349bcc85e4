import { createMetrics } from '@carillon/runtime';
import { expect, test } from 'vitest';
import { parsePrometheusText } from './prometheus-text.ts';

test('reads samples with and without labels, escapes, exponents, infinities and timestamps', () => {
  const text = String.raw`# HELP a What it is {not="a sample"} 1
# TYPE a counter
a 1
a{app="x",lane="high"} 2.5e3 1795272404165
	 b_bucket{le="+Inf", app="a \"b\" \\ \n {c},d=\"e\"", } +Inf
c{} -0.5
d NaN
`;
  expect(parsePrometheusText(text)).toEqual([
    { name: 'a', labels: {}, value: 1 },
    { name: 'a', labels: { app: 'x', lane: 'high' }, value: 2_500 },
    { name: 'b_bucket', labels: { le: '+Inf', app: 'a "b" \\ \n {c},d="e"' }, value: Infinity },
    { name: 'c', labels: {}, value: -0.5 },
    { name: 'd', labels: {}, value: Number.NaN },
  ]);
});

test.each([
  '<html>',
  'a',
  'a 0x10',
  'a 1 2 3',
  'a{b} 1',
  'a{b="c} 1',
  'a{b="c" d="e"} 1',
  '1a 1',
  'a{b="c"}',
])('takes %j for no page of metrics', (text) => {
  expect(parsePrometheusText(text)).toBeUndefined();
});

test('reads a page of ours, every sample of it', async () => {
  const metrics = createMetrics({ version: '1' });
  metrics.sends('com.example.*', 'later', 'a "reason"').inc(3);
  const { text } = await metrics.expose();
  const samples = parsePrometheusText(text) ?? [];
  expect(samples).toHaveLength(
    text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length,
  );
  expect(samples).toContainEqual({
    name: 'carillon_sends_total',
    labels: { app: 'com.example.*', outcome: 'later', reason: 'a "reason"' },
    value: 3,
  });
});
