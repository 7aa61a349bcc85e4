import { likes } from '../../fakes/homeserver/likes.ts';
import { DemoError } from '../demo-error.ts';
import { readMetric } from '../installation/ops-page.ts';
import { connectGateway, rejectedOf, type GatewayAnswer } from '../../fakes/homeserver/pushing/gateway.ts';
import { within } from '../waits.ts';
import { deliver, route } from './deliver.ts';
import type { Stage } from './stage.ts';

/** The same event again, as after an answer that got lost: answered 200, and nothing rings. */
export async function showRetry(stage: Stage): Promise<void> {
  const { alice, bob, screen, notifyUrl, installation, signal, tally, rings } = stage;
  const duplicates = (): Promise<number> =>
    readMetric(installation.ingress.opsUrl, 'carillon_devices_total', { result: 'duplicate' });

  screen.heading('2. A retry does not ring twice');
  screen.say('The answer gets lost on its way, so the homeserver sends the same request again.');
  const message = await deliver(stage, alice, bob, 'Do you see me?');
  const before = await duplicates();
  const answer = await repeat(notifyUrl, message.body, signal);
  if (answer.status !== 200) throw new DemoError(`The retry was answered ${answer.status} instead of 200`);
  if (rejectedOf(answer).length > 0) throw new DemoError('The retry was answered with a rejected pushkey');
  // The ingress has counted it by now, so that it is on no queue; what follows it would show it all the same.
  if ((await duplicates()) !== before + 1) throw new DemoError('The retry was not taken for a duplicate');
  tally.suppressed += 1;
  screen.event({
    mark: 'good',
    who: route(alice, bob),
    text: 'the same event again',
    end: '200, nothing rings',
  });
  await deliver(stage, bob, alice, 'Yes, turn around.');
  await deliver(stage, alice, bob, 'There you are!');
  if (rings.of(message.eventId).length !== 1) throw new DemoError('A retried event rang twice');
}

/** The same bytes, as after an answer that was lost on its way. */
async function repeat(notifyUrl: string, body: string, signal: AbortSignal): Promise<GatewayAnswer> {
  const gateway = connectGateway(likes.synapse.transport);
  try {
    const answer = gateway.post(notifyUrl, body);
    return await within(answer, { what: 'An answer to the retry', withinMs: 10_000, signal });
  } finally {
    gateway.close();
  }
}
