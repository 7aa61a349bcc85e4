import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startPrivateRedis } from '../redis/private-redis.ts';
import { root } from '../repository/root.ts';
import { run } from '../repository/run.ts';
import { scratch } from '../repository/scratch.ts';

test('a port that is taken is all that is told, and not that the rest is closed for it', async () => {
  await using redis = await startPrivateRedis();
  await using folder = await scratch();
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo; // it listens on TCP
  await folder.write(
    'carillon.yaml',
    `redis: {url: "${redis.url}"}
ingress: {listen: "127.0.0.1:${port}", ops_listen: "127.0.0.1:0"}
apps: {a: {type: fcm, project_id: example-project, service_account_file: key.json}}
`,
  );

  const { code, stdout, stderr } = await run(join(root, 'apps/cli/bin/carillon'), ['ingress'], {
    cwd: folder.path,
    env: process.env,
  });
  other.close();
  await once(other, 'close');

  expect(stderr).toBe(
    `carillon: ingress.listen: 127.0.0.1:${port} is taken by another program: stop the other program, or choose another port\n`,
  );
  expect({ code, stdout }).toEqual({ code: 69, stdout: '' });
});
