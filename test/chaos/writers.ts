import { createHomeserver } from '../fakes/homeserver/homeserver.ts';
import { likes } from '../fakes/homeserver/likes.ts';
import { connectGateway, notifyPath, type Gateway } from '../fakes/homeserver/pushing/gateway.ts';
import { contents } from '../fakes/homeserver/world/event.ts';
import { createUsers, type User } from '../fakes/homeserver/world/users.ts';
import type { Ledger } from './ledger.ts';
import { appOf, isDead, phones, pushkeyOf, type Provider } from './phones.ts';
import { seededRandom } from './random.ts';

/** Writes to phones without a pause: the stand-in for Synapse, and before the ingresses a load balancer. */
export interface Writers {
  /** Sends at this pace until it is stopped, whatever happens to earlier requests. */
  start(perSecond: number): void;
  /** No new events; those without an answer are still tried. */
  stop(): void;
  /** Tries that were not answered 200, by status or error. */
  readonly failures: ReadonlyMap<string, number>;
  /** Resolves when every event was answered 200. */
  settled(): Promise<void>;
  close(): void;
}

export interface WritersOptions {
  /** Chooses the phones. */
  readonly seed: number;
  readonly ledger: Ledger;
  /** Where the ingresses are, as far as is known. */
  readonly doors: () => readonly string[];
  /** Of so many events, one is for the other app. */
  readonly otherAppEvery: number;
  readonly apps: { readonly most: Provider; readonly other: Provider };
}

/** Synapse waits 60 s for headers, and doubles its pauses up to an hour; a run of minutes wants less of both. */
const headWithinMs = 10_000;
const longestRetryMs = 15_000;
const tickMs = 10;

export function createWriters({ seed, ledger, doors, otherAppEvery, apps }: WritersOptions): Writers {
  const random = seededRandom(seed);
  const open = new Set<Promise<void>>();
  const failures = new Map<string, number>();
  const homeserver = createHomeserver({
    gateway: balance(doors),
    longestRetryMs,
    onTry({ status, problem, event, pusher, rejected }) {
      if (status === 200 && event !== undefined)
        ledger.promised(event.id, rejected.includes(pusher.pushkey), Date.now());
      else failures.set(problem ?? String(status), (failures.get(problem ?? String(status)) ?? 0) + 1);
    },
  });
  const users = createUsers('example.org', new Map());
  const writer = users.named('writer');
  const ownerOf = (provider: Provider, phone: number): User => users.named(`${provider}-${phone}`);
  for (const provider of Object.values(apps))
    for (let phone = 0; phone < phones; phone += 1) {
      const pusher = { app_id: appOf[provider], pushkey: pushkeyOf(provider, phone), ...settings };
      homeserver.setPusher(ownerOf(provider, phone), pusher, false);
    }
  let pacing: NodeJS.Timeout | undefined;
  let events = 0;

  async function write(number: number): Promise<void> {
    const provider = number % otherAppEvery === 0 ? apps.other : apps.most;
    const phone = Math.floor(random() * phones);
    const room = homeserver.rooms.of([writer, ownerOf(provider, phone)]);
    const content = contents.message('Are you coming for lunch?');
    const { event, pushes } = homeserver.send({ from: writer, room, type: 'm.room.message', content });
    const [push] = pushes; // none, when the pushkey was rejected
    if (push === undefined) return;
    ledger.asked(event.id, { provider, dead: isDead(phone), at: Date.now() });
    const { kind } = await push.pushed;
    if (kind === 'dropped') ledger.withdrawn(event.id);
  }

  return {
    failures,
    start(perSecond) {
      const startedAt = performance.now();
      const firstEvent = events;
      pacing = setInterval(() => {
        const due = firstEvent + ((performance.now() - startedAt) * perSecond) / 1_000;
        while (events < due) {
          const work: Promise<void> = write(events++).finally(() => open.delete(work));
          open.add(work);
        }
      }, tickMs);
    },
    stop: () => clearInterval(pacing),
    async settled() {
      while (open.size > 0) await Promise.all(open);
    },
    close() {
      clearInterval(pacing);
      homeserver.close();
    },
  };
}

const settings = {
  app_display_name: 'Example',
  device_display_name: 'Phone',
  lang: 'en',
  profile_tag: '',
  enabled: true,
  device_id: 'PHONE',
  data: { url: `http://load-balancer.invalid${notifyPath}` },
};

/** Knows the doors by their addresses, takes them in turn, and asks another one when one refuses. */
function balance(doors: () => readonly string[]): Gateway {
  const gateway = connectGateway({ ...likes.synapse.transport, headWithinMs });
  let tries = 0;
  return {
    async post(_url, body) {
      const known = doors();
      let refusal: unknown;
      for (let passed = 0; passed < known.length; passed += 1) {
        try {
          return await gateway.post(`${known[tries++ % known.length]}${notifyPath}`, body);
        } catch (error) {
          refusal = error;
          if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') break;
        }
      }
      throw refusal;
    },
    close: () => gateway.close(),
  };
}
