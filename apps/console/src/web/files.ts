import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Reply } from './reply.ts';

/** The styles and scripts that pages ask for, held in memory. */
export interface Files {
  /** Where each is found. It has a hash of the content, so that browsers keep the file until it changes. */
  readonly paths: Readonly<Record<FileName, string>>;
  at(path: string, acceptEncoding: string | undefined): Reply | undefined;
}

const ours = join(import.meta.dirname, '../browser');
const uplot = dirname(fileURLToPath(import.meta.resolve('uplot')));

const places = {
  style: join(ours, 'console.css'),
  chartStyle: join(uplot, 'uPlot.min.css'),
  live: join(ours, 'live.js'),
  charts: join(ours, 'charts.js'),
  uplot: join(uplot, 'uPlot.iife.min.js'),
} as const;
type FileName = keyof typeof places;

export function loadFiles(): Files {
  const loaded = Object.entries(places).map(([name, place]) => ({ name, ...load(place) }));
  const byPath = new Map(loaded.map((file) => [file.path, file]));
  return {
    paths: Object.fromEntries(loaded.map(({ name, path }) => [name, path])) as Files['paths'],
    at(path, acceptEncoding = '') {
      const file = byPath.get(path);
      return /\bgzip\b/.test(acceptEncoding) ? file?.zipped : file?.plain;
    },
  };
}

function load(place: string) {
  const body = readFileSync(place);
  const type = place.endsWith('.css') ? 'text/css; charset=utf-8' : 'text/javascript; charset=utf-8';
  const headers = { 'cache-control': 'private, max-age=31536000, immutable', vary: 'accept-encoding' };
  const plain = { status: 200, type, body, headers };
  return {
    path: `/files/${hash('sha256', body).slice(0, 12)}/${basename(place)}`,
    plain,
    zipped: { ...plain, body: gzipSync(body), headers: { ...headers, 'content-encoding': 'gzip' } },
  };
}
