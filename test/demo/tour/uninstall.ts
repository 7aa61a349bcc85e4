import { androidApp, iosApp } from '../installation/configuration.ts';
import { DemoError } from '../demo-error.ts';
import { readMetric } from '../installation/ops-page.ts';
import { setPusher } from '../world/people.ts';
import { installOnIphone } from '../world/phone.ts';
import { until } from '../waits.ts';
import { deliver, route, write } from './deliver.ts';
import type { Stage } from './stage.ts';

/** An app is uninstalled: the provider says so once, and the pushkey's next notify is answered `rejected`. */
export async function showUninstall(stage: Stage): Promise<void> {
  const { alice, bob, screen, homeserver, notifyUrl, installation, signal, tally, rings } = stage;
  const gone = alice.phone;

  screen.heading('3. A dead pushkey is rejected');
  screen.say('Alice uninstalls the app. APNs finds out first; the gateway tells the homeserver.');
  // In the order in which it happens to a real phone: Apple knows the time, the homeserver knows nothing.
  const scripted = installation.apns.lineOf(({ scripted: token }) => token === gone.token);
  installation.apns.send({
    token: gone.token,
    answer: { status: 410, reason: 'Unregistered', timestamp: Date.now() },
  });
  await until(async () => scripted, { what: 'The uninstalling', withinMs: 10_000, signal });

  const unheard = await write(stage, bob, alice, 'Dessert?');
  if (unheard.rejected.length > 0)
    throw new DemoError('A pushkey was rejected before its provider called it dead');
  await until(() => rejectionRecorded(stage), {
    what: 'The record of the dead pushkey',
    withinMs: 20_000,
    signal,
  });
  screen.event({
    mark: 'news',
    who: route(bob, alice),
    text: '“Dessert?”',
    end: '200, then APNs says 410',
  });

  const refused = await write(stage, bob, alice, 'Hello?');
  if (!refused.pusherDeleted) throw new DemoError(`The dead pushkey of ${gone.name} was not rejected`);
  tally.rejected += 1;
  screen.event({
    mark: 'good',
    who: route(bob, alice),
    text: '“Hello?”',
    end: 'rejected: pusher deleted',
  });
  if (homeserver.pushersOf(alice).length > 0) throw new DemoError('The homeserver still has the pusher');
  for (const { eventId } of [unheard, refused])
    if (rings.of(eventId).length > 0) throw new DemoError(`${gone.name} rang without the app`);

  alice.phone = installOnIphone(gone.name);
  setPusher(homeserver, alice, notifyUrl);
  screen.event({ mark: 'news', who: 'Alice', text: 'installs the app again: a new token, a new pusher' });
  await deliver(stage, bob, alice, 'Welcome back');
  await deliver(stage, alice, bob, 'Thanks. Pie, please!');
}

async function rejectionRecorded({ installation: { workers } }: Stage): Promise<true | undefined> {
  const pages = workers.flatMap(({ opsUrl }) =>
    [iosApp, androidApp].map((app) => readMetric(opsUrl, 'carillon_rejections_recorded_total', { app })),
  );
  const counts = await Promise.all(pages);
  return counts.some((count) => count > 0) ? true : undefined;
}
