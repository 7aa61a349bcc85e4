import { get } from 'node:http';

/**
 * The sum of a metric's series on the `/metrics` page of a process, of those that have all of `labels`. A process
 * that is gone counts as 0.
 */
export async function readMetric(
  opsUrl: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<number> {
  const wanted = Object.entries(labels).map(([key, value]) => `${key}="${value}"`);
  const page = await read(`${opsUrl}/metrics`).catch(() => '');
  return page
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => wanted.every((label) => line.includes(label)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

/** Whether the process takes part: Redis is there, and it is not stopping. */
export async function isReadyAt(opsUrl: string): Promise<boolean> {
  return read(`${opsUrl}/ready`).then(
    () => true,
    () => false,
  );
}

/** On a connection of its own, which keeps no process from ending. */
function read(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, timeout: 2_000 }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${url} answers ${response.statusCode}`));
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve(text)).on('error', reject);
    });
    request.on('timeout', () => request.destroy()).on('error', reject);
  });
}
