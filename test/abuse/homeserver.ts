import { parseArgs } from 'node:util';
import { iosPushkey } from '../installation/installation.ts';
import { createNotifier, eventIdOf, messageNotify } from '../installation/notify.ts';
import { realApps, type ProviderType } from './site.ts';

/**
 * Homeservers with living phones of both providers, as a program of their own, so that no attacker takes their time:
 *
 *   homeserver.ts --url URL --rate N --run NAME
 *
 * Prints one line of JSON for each notify when it is answered: the event, when it was sent, the status (0 for none) and
 * whether the pushkey was rejected. A line on the standard input ends it, when all are answered.
 */
const { values } = parseArgs({
  options: {
    url: { type: 'string', default: '' },
    rate: { type: 'string', default: '20' },
    run: { type: 'string', default: '' },
  },
});
/** Of each provider; so few that each phone rings every few seconds. */
const phones = 50;
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
  const type: ProviderType = number % 2 === 0 ? 'apns' : 'fcm';
  const phone = Math.floor(number / 2) % phones;
  const name = `${values.run}-${number}`;
  const pushkey = type === 'apns' ? iosPushkey(phone) : `real-phone-${phone}`;
  const line = { asked: eventIdOf(name), at: Date.now() };
  try {
    const answer = await notifier.post(messageNotify(name, phone, { appId: realApps[type], pushkey }));
    print({ ...line, status: answer.status, rejected: answer.rejected.length > 0 });
  } catch {
    print({ ...line, status: 0, rejected: false });
  }
}

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
