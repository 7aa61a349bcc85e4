import { globSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { dashboards } from '../../deploy/grafana/source/dashboards.ts';
import { readRepositoryFile, root } from './root.ts';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}

interface Dashboard {
  readonly uid: string;
  readonly panels: readonly Panel[];
}

const files = globSync('deploy/grafana/dashboards/*.json', { cwd: root });
const read = (path: string) => JSON.parse(readRepositoryFile(path)) as Dashboard;

/** Metrics of ours that a text names, without the suffixes of histograms. */
const metricsIn = (text: string) => [
  ...new Set(
    [...text.matchAll(/\bcarillon_[a-z_]+/g)].map(([name]) => name.replace(/_(bucket|sum|count)$/, '')),
  ),
];

test('every dashboard file is made of the plan, and none is left over', () => {
  expect(new Set(files.map((path) => basename(path)))).toEqual(new Set(Object.keys(dashboards)));
});

test.each(files)('%s has panels that fill the grid without overlap, each with an id of its own', (path) => {
  const { panels } = read(path);
  const ids = panels.map(({ id }) => id);
  const cells = panels.flatMap(({ title, gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, i) => ({ title, cell: `${x + (i % w)}/${y + Math.floor(i / w)}` })),
  );
  const taken = Map.groupBy(cells, ({ cell }) => cell);

  expect(new Set(ids).size).toBe(ids.length);
  expect(panels.filter(({ gridPos: { x, w } }) => x + w > 24).map(({ title }) => title)).toEqual([]);
  expect([...taken.values()].filter((one) => one.length > 1)).toEqual([]);
});

const reference = readRepositoryFile('docs/metrics.md');
const isThere = (name: string) => reference.includes(`\`${name}\``);

test.each(files)('%s names only metrics that there are', (path) => {
  const unknown = metricsIn(readRepositoryFile(path)).filter((name) => !isThere(name));

  expect(unknown).toEqual([]);
});
