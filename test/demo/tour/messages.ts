import { providerLatencyMs } from '../installation/installation.ts';
import { deliver } from './deliver.ts';
import type { Stage } from './stage.ts';

/** Messages arrive, each with the time from the homeserver's POST to the ring. */
export async function showMessages(stage: Stage): Promise<void> {
  const { alice, bob, screen } = stage;
  screen.heading('1. Messages arrive');
  screen.say(
    `From the homeserver's POST to the ring. ${providerLatencyMs} ms of it are Apple's; the first two connect to the providers.`,
  );
  await deliver(stage, bob, alice, 'Are you coming for lunch?');
  await deliver(stage, alice, bob, 'Yes, at noon. Where?');
  await deliver(stage, bob, alice, 'The usual place.');
  await deliver(stage, alice, bob, 'On my way');
  await deliver(stage, bob, alice, 'I have a table in the sun.');
  await deliver(stage, alice, bob, 'Two minutes!');
}
