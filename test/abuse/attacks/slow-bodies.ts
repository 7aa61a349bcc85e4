import { once } from 'node:events';
import { connect } from 'node:net';
import type { Attack } from '../attack.ts';
import { again } from '../strangers.ts';

const connections = 400;
const bytes = 250_000;
/** The last of a body never comes. */
const sent = 240_000;

export const slowBodies: Attack = {
  name: 'slow-bodies',
  does: `begins ${connections} bodies of 250 kB at once, and never ends them`,
  async run(site, signal) {
    const { hostname, port } = new URL(site.url);
    const head = `POST /_matrix/push/v1/notify HTTP/1.1\r\nHost: ${hostname}\r\nContent-Length: ${bytes}\r\n\r\n`;
    await again(signal, connections, async () => {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined); // the door closes it
      socket.write(head + 'x'.repeat(sent));
      site.sent(sent);
      const abort = (): void => void socket.destroy();
      signal.addEventListener('abort', abort, { once: true });
      await once(socket.resume(), 'close');
      signal.removeEventListener('abort', abort);
    });
  },
};
