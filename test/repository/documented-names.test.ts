import { expect, test } from 'vitest';
import { pages } from './markdown.ts';
import { readRepositoryFile } from './root.ts';

/** First cells of the tables of a generated page. */
const namesIn = (path: string): readonly string[] =>
  readRepositoryFile(path).match(/(?<=^\| `)[\w.]+(?=`)/gm) ?? [];

const metrics = namesIn('docs/metrics.md').filter((name) => name.startsWith('carillon_'));
const settings = new Set(namesIn('docs/configuration.md').flatMap((key) => [key, key.replace(/\.\w+$/, '')]));

/** A name that ends in `_` stands for all that begin so. */
function isMetric(name: string): boolean {
  return name.endsWith('_')
    ? metrics.some((metric) => metric.startsWith(name))
    : metrics.includes(name.replace(/_(bucket|sum|count)$/, ''));
}

const unknownMetrics = (text: string) =>
  (text.match(/\bcarillon_[a-z]\w*/g) ?? []).filter((name) => !isMetric(name));

const unknownSettings = (text: string) =>
  (text.match(/(?<=`)(?:redis|ingress|worker|rejections|log|opentelemetry)\.[a-z_.]+(?=[`:])/g) ?? []).filter(
    (name) => !settings.has(name),
  );

test.each(pages())('$path names only metrics and settings that there are', ({ text }) => {
  expect([...unknownMetrics(text), ...unknownSettings(text)]).toEqual([]);
});

test('a metric and a setting that do not exist are noticed', () => {
  const text =
    'carillon_queue_waiting carillon_queue_* carillon_queues `worker.concurrency` `worker.count: 3`';

  expect([...unknownMetrics(text), ...unknownSettings(text)]).toEqual(['carillon_queues', 'worker.count']);
});
