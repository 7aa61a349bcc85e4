import { request, type IncomingMessage } from 'node:http';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { createLog } from '../log/log.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { OperatorError } from '../process/operator-error.ts';
import { startOps, type OpsOptions } from './ops.ts';
import { createReadiness } from './readiness.ts';

async function setup(options: Partial<OpsOptions> = {}) {
  const metrics = createMetrics({ version: '1', ofProcess: false });
  const readiness = createReadiness('redis');
  const logged: Record<string, unknown>[] = [];
  const logControl = createLog({
    destination: { write: (line) => logged.push(JSON.parse(line) as Record<string, unknown>) },
    pretty: false,
  });
  const ops = await startOps({
    listen: { host: '127.0.0.1', port: 0 },
    section: 'ingress',
    hosts: ['metrics.example.org'],
    metrics,
    readiness,
    logControl,
    ...options,
  });
  const url = `http://127.0.0.1:${ops.address.port}`;
  return {
    ops,
    metrics,
    readiness,
    logged,
    log: logControl.log,
    async get(path: string, method = 'GET', body?: string) {
      const response = await fetch(url + path, { method, ...(body !== undefined && { body }) });
      return { status: response.status, headers: response.headers, body: await response.text() };
    },
    [Symbol.asyncDispose]: () => ops.close(),
  };
}

describe('the ops listener', () => {
  test('listens where the system chose when the port is 0, and says where', async () => {
    await using server = await setup();
    expect(server.ops.address).toEqual({ host: '127.0.0.1', port: expect.any(Number) as number });
    expect(server.ops.address.port).toBeGreaterThan(0);
  });

  // Invariant 14.
  test('does not answer to a name that a web page may have led here', async () => {
    await using server = await setup();
    const { port } = server.ops.address;
    const statusFor = async (host: string): Promise<number | undefined> => {
      const asked = request({ port, path: '/metrics', headers: { host } }).end();
      const [response] = (await once(asked, 'response')) as [IncomingMessage];
      response.resume();
      return response.statusCode;
    };
    expect(await statusFor(`evil.example.com:${port}`)).toBe(403);
    for (const host of [`localhost:${port}`, '127.0.0.1', 'ingress:9401', 'metrics.example.org'])
      expect(await statusFor(host)).toBe(200);
  });

  test('serves the metrics as Prometheus reads them', async () => {
    await using server = await setup();
    server.metrics.httpRequests(200).inc(3);
    const { status, headers, body } = await server.get('/metrics');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(body).toContain('carillon_http_requests_total{status="200"} 3\n');
  });

  test('is healthy while the process lives, ready or not', async () => {
    await using server = await setup();
    expect(await server.get('/health')).toMatchObject({ status: 200, body: '{"status":"ok"}\n' });
  });

  test('is ready when nothing is missing, and names what is', async () => {
    await using server = await setup();
    const ready = async () => {
      const { status, body } = await server.get('/ready');
      return [status, JSON.parse(body) as unknown];
    };
    expect(await ready()).toEqual([503, { ready: false, missing: ['redis'] }]);
    server.readiness.have('redis');
    expect(await ready()).toEqual([200, { ready: true, missing: [] }]);
    server.readiness.lack('draining');
    server.readiness.lack('redis');
    expect(await ready()).toEqual([503, { ready: false, missing: ['draining', 'redis'] }]);
  });

  test('serves the further pages of a process, and no others', async () => {
    await using server = await setup({ pages: { '/callers': () => ({ seconds: 1 }) } });
    expect(await server.get('/callers')).toMatchObject({ status: 200, body: '{"seconds":1}\n' });
    expect((await server.get('/callers', 'POST')).status).toBe(405);
    await using other = await setup();
    expect((await other.get('/callers')).status).toBe(404);
  });

  test.for([
    ['/', 'GET', 404],
    ['/constructor', 'GET', 404],
    ['/metrics/', 'GET', 404],
    ['/ready?verbose=1', 'GET', 503],
    ['/health', 'HEAD', 200],
    ['/health', 'POST', 405],
    ['/metrics', 'DELETE', 405],
    ['/metrics', 'PUT', 405],
    ['/log/level', 'GET', 200],
    ['/nowhere', 'POST', 404],
  ] as const)('answers %s %s with %i', async ([path, method, status]) => {
    await using server = await setup();
    const answer = await server.get(path, method);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('allow')).toBe(status === 405 ? 'GET, HEAD' : null);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.body === '').toBe(method === 'HEAD');
  });

  test('answers 500 and logs why when the metrics fail, and lives on', async () => {
    const err = new Error('out of memory');
    await using server = await setup({ metrics: { expose: () => Promise.reject(err) } });
    const { status, body } = await server.get('/metrics');
    expect(status).toBe(500);
    expect(body).not.toContain('memory');
    expect(server.logged).toMatchObject([
      { level: 'error', path: '/metrics', err: { message: 'out of memory' } },
    ]);
    expect((await server.get('/health')).status).toBe(200);
  });

  test('names its process beside the metrics, another name for each', async () => {
    await using one = await setup();
    await using other = await setup();
    const nameOf = async (server: typeof one) =>
      (await server.get('/metrics')).headers.get('carillon-process');
    expect(await nameOf(one)).toMatch(/^[0-9a-f-]{36}$/);
    expect(await nameOf(one)).toBe(await nameOf(one));
    expect(await nameOf(one)).not.toBe(await nameOf(other));
  });

  test('tells and changes the level of the log, for children too, and writes down who did', async () => {
    await using server = await setup();
    const child = server.log.child({ part: 'worker' });
    expect((await server.get('/log/level')).body).toBe('{"level":"info"}\n');
    expect(await server.get('/log/level', 'PUT', ' debug\n')).toMatchObject({
      status: 200,
      body: '{"level":"debug"}\n',
    });
    child.debug('seen');
    for (const level of ['"ERROR"', 'silent', 'error']) await server.get('/log/level', 'PUT', level);
    child.warn('not seen');
    const by = '127.0.0.1';
    expect(server.logged).toMatchObject([
      { msg: 'log level changed', before: 'info', level: 'info', to: 'debug', by },
      { msg: 'seen', part: 'worker' },
      { msg: 'log level changed', before: 'debug', to: 'error', by },
      { msg: 'log level changed', before: 'error', to: 'silent', by },
      { msg: 'log level changed', before: 'silent', to: 'error', by },
    ]);
    expect((await server.get('/log/level')).body).toBe('{"level":"error"}\n');
  });

  test.for(['', 'loud', '{"level":"debug"}', 'x'.repeat(100_000)])(
    'keeps the level when it is told %j, and says what there is',
    async (body) => {
      await using server = await setup();
      const answer = await server.get('/log/level', 'PUT', body);
      expect(answer.status).toBe(400);
      expect(answer.body).toContain('trace, debug, info, warn, error, fatal, silent');
      expect(server.log.level).toBe('info');
      expect(server.logged).toEqual([]);
    },
  );

  test.for(['/log/level', '/metrics'])('answers a POST to %s with what it may do', async (path) => {
    await using server = await setup();
    const { status, headers } = await server.get(path, 'POST', 'debug');
    expect(status).toBe(405);
    expect(headers.get('allow')).toBe(path === '/metrics' ? 'GET, HEAD' : 'GET, HEAD, PUT');
  });

  test('takes an address out of the configuration, which is frozen', async () => {
    await using server = await setup({ listen: Object.freeze({ host: '127.0.0.1', port: 0 }) });
    expect((await server.get('/health')).status).toBe(200);
  });

  test('closes although somebody keeps a connection open, and frees the port', async () => {
    const server = await setup();
    await server.get('/health'); // leaves its connection in the pool
    await server.ops.close();
    await using again = await setup({ listen: server.ops.address });
    expect(again.ops.address).toEqual(server.ops.address);
  });
});

describe('an address that cannot be had', () => {
  test.for([
    ['192.0.2.1', 0, 'is no address of this machine', 'choose one that is, or 0.0.0.0 for all'],
    [
      'no.such.host.invalid',
      80,
      'has a host name that nobody knows',
      'write an IP address, or 0.0.0.0 for all',
    ],
  ] as const)('is told with the setting and the cure: %s', async ([host, port, problem, cure]) => {
    const error: unknown = await setup({ listen: { host, port } }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OperatorError);
    expect(error).toMatchObject({
      message: `ingress.ops_listen: ${host}:${port} ${problem}`,
      cure,
      exit: 'unavailable',
    });
  });

  test('is told with the setting and the cure when another program has the port', async () => {
    const other = createServer().listen(0, '::1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    try {
      const error: unknown = await setup({ listen: { host: '::1', port } }).catch(
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(OperatorError);
      expect(error).toMatchObject({
        message: `ingress.ops_listen: [::1]:${port} is taken by another program`,
        cure: 'stop the other program, or choose another port',
      });
    } finally {
      other.close();
      await once(other, 'close');
    }
  });
});
