import { parseArgs } from 'node:util';
import { createNotifier, eventIdOf, messageNotify } from '../installation/notify.ts';
import { realPhones } from './phones.ts';

/**
 * Homeservers with living phones of all providers, as a program of their own, so that no attacker takes their time:
 *
 *   homeserver.ts --url URL --rate N --run NAME --dir DIR
 *
 * Prints one line of JSON for each notify when it is answered: the event, when it was sent, the status (0 for none) and
 * whether the pushkey was rejected. A line on the standard input ends it, when all are answered.
 */
const { values } = parseArgs({
  options: {
    url: { type: 'string', default: '' },
    rate: { type: 'string', default: '20' },
    run: { type: 'string', default: '' },
    dir: { type: 'string', default: '' },
  },
});
const phones = realPhones(values.dir);
const notifier = createNotifier(values.url, { timeoutMs: 10_000 });
const open = new Set<Promise<void>>();
let count = 0;

const timer = setInterval(
  () => {
    const asked = ask(count++);
    open.add(asked);
    void asked.then(() => open.delete(asked)); // never rejects
  },
  1_000 / Number(values.rate),
);

process.stdin.once('data', () => {
  clearInterval(timer);
  void end(); // never rejects
});

async function end(): Promise<void> {
  await Promise.all(open);
  notifier[Symbol.dispose]();
  process.stdin.destroy();
}

async function ask(number: number): Promise<void> {
  const name = `${values.run}-${number}`;
  const line = { asked: eventIdOf(name), at: Date.now() };
  try {
    const { notification } = messageNotify(name, 0) as { notification: { devices: readonly object[] } };
    const devices = [{ ...notification.devices[0], ...phones[number % phones.length] }];
    const answer = await notifier.post({ notification: { ...notification, devices } });
    print({ ...line, status: answer.status, rejected: answer.rejected.length > 0 });
  } catch {
    print({ ...line, status: 0, rejected: false });
  }
}

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
