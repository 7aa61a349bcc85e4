import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { scratch } from '../repository/scratch.ts';
import { startPrometheus } from './prometheus.ts';

/** A target whose one gauge the test sets. */
async function setup() {
  let gauge = 1;
  const server = createServer((_request, response) =>
    response.end(`# TYPE waiting gauge\nwaiting{app="a"} ${gauge}\n`),
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    url: `http://127.0.0.1:${port}`,
    set: (value: number) => void (gauge = value),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

test('scrapes its targets and answers queries', async () => {
  await using target = await setup();
  await using prometheus = await startPrometheus({ targets: { job: [target.url] } });

  await expect
    .poll(() => prometheus.query('waiting'))
    .toEqual([{ labels: { app: 'a', instance: target.url.slice('http://'.length), job: 'job' }, value: 1 }]);
  expect(await prometheus.query('scalar(sum(waiting)) + 1')).toEqual([{ labels: {}, value: 2 }]);
  expect(await prometheus.query('absent_from_every_page')).toEqual([]);
  await expect(prometheus.query('sum(')).rejects.toThrow('parse error');
});

test('evaluates rules, and tells what is pending and what fires', async () => {
  await using target = await setup();
  await using folder = await scratch();
  const path = join(folder.path, 'rules.yml');
  const rules = [
    { alert: 'Now', expr: 'waiting > 1', annotations: { summary: '{{ $labels.app }} waits' } },
    { alert: 'Later', expr: 'waiting > 1', for: '1h' },
  ];
  await writeFile(path, JSON.stringify({ groups: [{ name: 'test', rules }] }));
  await using prometheus = await startPrometheus({ targets: { job: [target.url] }, rules: [path] });

  await expect.poll(() => prometheus.query('waiting')).toHaveLength(1);
  expect(await prometheus.alerts()).toEqual([]);
  target.set(2);
  await expect
    .poll(async () => (await prometheus.alerts()).map(({ labels, state }) => [labels['alertname'], state]))
    .toEqual(
      expect.arrayContaining([
        ['Now', 'firing'],
        ['Later', 'pending'],
      ]),
    );
  expect((await prometheus.alerts()).map(({ annotations }) => annotations)).toContainEqual({
    summary: 'a waits',
  });
});

test('says in its own words why it does not start, and leaves nothing behind', async () => {
  await using folder = await scratch();
  const path = join(folder.path, 'rules.yml');
  await writeFile(path, 'groups: [{name: test, rules: [{alert: Bad, expr: "sum("}]}]');
  vi.stubEnv('TMPDIR', folder.path);

  await expect(startPrometheus({ targets: {}, rules: [path] })).rejects.toThrow('parse error');

  expect(await readdir(folder.path)).toEqual(['rules.yml']);
});

test('a machine without Prometheus is told how to get it', async () => {
  await using folder = await scratch();
  vi.stubEnv('PATH', folder.path);

  await expect(startPrometheus({ targets: {} })).rejects.toThrow('script/bootstrap');
});
