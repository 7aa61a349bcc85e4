import type { StopRequest } from '@carillon/runtime';
import { createHomeserver } from '../fakes/homeserver/homeserver.ts';
import { notifyPath } from '../fakes/homeserver/pushing/gateway.ts';
import { setPusher, type Person } from './world/people.ts';
import { openPremises, type Installation, type Premises } from './installation/installation.ts';
import { installOnAndroid, installOnIphone } from './world/phone.ts';
import { requirePrograms } from './installation/required-programs.ts';
import { createRingLog } from './world/ring-log.ts';
import { createScreen, type Output, type Screen } from './screen.ts';
import { showCrash } from './tour/crash.ts';
import { curlCommand } from './tour/curl.ts';
import { showMessages } from './tour/messages.ts';
import { showRetry } from './tour/retry.ts';
import type { Stage } from './tour/stage.ts';
import { showSummary } from './tour/summary.ts';
import { createTally } from './tour/tally.ts';
import { showUninstall } from './tour/uninstall.ts';

export interface DemoOptions {
  /** The tour, then the end. */
  readonly once: boolean;
  readonly stop: StopRequest;
  readonly output: Output & { on(event: 'error', listener: (error: Error) => void): unknown };
  readonly coloured: boolean;
}

/**
 * Carillon as a whole, to watch: real processes, a stand-in homeserver, two simulated phones. Each step checks
 * what it shows; rejects with an `OperatorError` when it does not happen. However it ends, nothing is left behind.
 */
export async function runDemo({ once, stop, output, coloured }: DemoOptions): Promise<void> {
  const screen = createScreen(output, coloured);
  const broken = new AbortController();
  // The reader of our output is gone, as `head` is when it has enough: no reason to complain.
  const unread = new Error('Nobody reads the output any more');
  output.on('error', () => broken.abort(unread));
  requirePrograms();
  const premises = await openPremises((error) => broken.abort(error));
  const signal = AbortSignal.any([stop.signal, broken.signal]);
  try {
    await play({ premises, screen, signal, once });
  } catch (error) {
    const isAsked = stop.signal.aborted && error === stop.signal.reason;
    if (!isAsked && error !== unread) throw error;
  } finally {
    screen.close();
    if (signal.aborted) screen.say('Stopping …');
    await premises[Symbol.asyncDispose]();
    screen.say(`Everything is stopped, and ${premises.folder} is removed.`);
  }
}

interface Play {
  readonly premises: Premises;
  readonly screen: Screen;
  readonly signal: AbortSignal;
  readonly once: boolean;
}

async function play({ premises, screen, signal, once }: Play): Promise<void> {
  const rings = createRingLog();
  screen.heading('Carillon');
  screen.say(
    'A Matrix push gateway as real processes, between a stand-in homeserver and two simulated phones.',
  );
  const installation = await premises.install({
    signal,
    rings,
    onStarting: (what) => screen.event({ mark: 'news', who: 'starting', text: what }),
    onTrouble: (who, { msg, cure }) =>
      screen.event({ mark: 'bad', who, text: [msg, cure].filter(Boolean).join(': ') }),
  });
  const stage = setStage(installation, { screen, signal, rings });
  await showMessages(stage);
  await showRetry(stage);
  await showUninstall(stage);
  await showCrash(stage);
  showSummary(stage);
  if (once) return;

  const { alice, bob } = stage;
  const phones = [alice, bob].map(({ phone }) => phone);
  rings.forget();
  rings.onRing(({ token, text }) => {
    const phone = phones.find((one) => one.token === token);
    screen.event({
      mark: 'good',
      who: new Date().toTimeString().slice(0, 8),
      text,
      end: phone?.name ?? 'a phone',
    });
  });
  screen.heading('Your turn');
  screen.say(`It keeps running, and shows what arrives; Ctrl-C ends it. This rings ${alice.phone.name}:`);
  screen.plain(`\n${curlCommand(stage.notifyUrl, bob, alice)}\n`);
  screen.say('To look at all of it in a browser, live:');
  screen.plain(`\n${await installation.startConsole()}\n`);
  await new Promise((_, reject) => {
    const end = (): void => reject(signal.reason as Error); // of the two controllers, which abort with errors
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
  });
}

function setStage(
  installation: Installation,
  { screen, signal, rings }: Pick<Stage, 'screen' | 'signal' | 'rings'>,
): Stage {
  const person = (name: string, phone: Person['phone']): Person => ({
    id: `@${name.toLowerCase()}:demo.example`,
    displayName: name,
    phone,
  });
  const alice = person('Alice', installOnIphone("Alice's iPhone"));
  const bob = person('Bob', installOnAndroid("Bob's Android"));
  const homeserver = createHomeserver({
    onTry({ status, problem, retryInMs }) {
      if (retryInMs === undefined || signal.aborted) return;
      const why = status === undefined ? problem : `HTTP ${status}`;
      const end = `in ${retryInMs / 1_000} s`;
      screen.event({ mark: 'news', who: 'homeserver', text: `${why}: tries again`, end });
    },
  });
  signal.addEventListener('abort', () => homeserver.close(), { once: true });
  const notifyUrl = `${installation.gateway}${notifyPath}`;
  for (const one of [alice, bob]) setPusher(homeserver, one, notifyUrl);
  return { installation, homeserver, notifyUrl, rings, screen, tally: createTally(), alice, bob, signal };
}
