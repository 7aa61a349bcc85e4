import { createServer } from 'node:net';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { createMetrics } from './metrics/metrics.ts';
import { OperatorError } from './operator-error.ts';
import { startOps, type OpsOptions } from './ops.ts';
import { createReadiness } from './readiness.ts';

async function setup(options: Partial<OpsOptions> = {}) {
  const metrics = createMetrics({ version: '1', ofProcess: false });
  const readiness = createReadiness('redis');
  const logged: object[] = [];
  const ops = await startOps({
    listen: { host: '127.0.0.1', port: 0 },
    setting: 'ingress.ops_listen',
    metrics,
    readiness,
    log: { error: (fields) => logged.push(fields) },
    ...options,
  });
  const url = `http://127.0.0.1:${ops.address.port}`;
  return {
    ops,
    metrics,
    readiness,
    logged,
    async get(path: string, method = 'GET') {
      const response = await fetch(url + path, { method });
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

  test.for([
    ['/', 'GET', 404],
    ['/constructor', 'GET', 404],
    ['/metrics/', 'GET', 404],
    ['/ready?verbose=1', 'GET', 503],
    ['/health', 'HEAD', 200],
    ['/health', 'POST', 405],
    ['/metrics', 'DELETE', 405],
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
    expect(server.logged).toEqual([{ err, path: '/metrics' }]);
    expect((await server.get('/health')).status).toBe(200);
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
