import { once } from 'node:events';
import { createServer } from 'node:net';

/** The first free port of `wanted` and the nine after it; 0, which is any, if none is. */
export async function freePortFrom(wanted: number): Promise<number> {
  for (let port = wanted; port < wanted + 10; port += 1) if (await isFree(port)) return port;
  return 0;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
