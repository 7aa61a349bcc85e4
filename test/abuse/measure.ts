import { constants, getPriority, setPriority } from 'node:os';
import { watchMemory } from '../chaos/peak-memory.ts';
import type { Attack, Measured } from './attack.ts';
import { startRealTraffic } from './real-traffic.ts';
import type { Site } from './site.ts';

export interface Rules {
  /** Notifies a second of real phones. */
  readonly rate: number;
  readonly quietMs: number;
  readonly attackMs: number;
  readonly afterMs: number;
  /** Delays below this are the machine's own, and no bar. */
  readonly unnoticedMs: number;
}

export interface Result {
  readonly attack: Attack;
  readonly measured: Measured;
  /** What is wrong; empty when the bar is held. */
  readonly misses: readonly string[];
}

/** After an attack has ended, real phones are served within so long, and nobody has to do anything for it. */
const servedAgainMs = 15_000;
const maxIngressBytes = 400 * 1_048_576;

/** Real traffic by itself, then beside the attack, then by itself again; and whether the bar was held. */
export async function measure(site: Site, attack: Attack, rules: Rules): Promise<Result> {
  await using traffic = await startRealTraffic(site, rules.rate);
  using memory = watchMemory(() => [['ingress', site.ingress.pid]]);
  const quietFrom = Date.now();
  await pause(rules.quietMs);
  const [sentBefore, heldBefore] = [site.bytesSent, await site.redisBytes()];
  const duringFrom = Date.now();
  const over = new AbortController();
  const end = setTimeout(() => over.abort(), rules.attackMs);
  using _ = onAMachineOfItsOwn();
  try {
    await Promise.all([attack.run(site, over.signal), pause(rules.attackMs)]);
  } finally {
    clearTimeout(end);
    over.abort();
  }
  const redisBytes = (await site.redisBytes()) - heldBefore;
  const afterFrom = Date.now();
  await pause(rules.afterMs);
  await traffic.stop();
  await traffic.rung(servedAgainMs);

  const measured: Measured = {
    quiet: traffic.stretch(quietFrom, duringFrom),
    during: traffic.stretch(duringFrom, afterFrom),
    after: traffic.stretch(afterFrom, Number.POSITIVE_INFINITY),
    ingressBytes: memory.peaks.get('ingress') ?? 0,
    sentBytes: site.bytesSent - sentBefore,
    redisBytes,
  };
  const misses = [...bar(measured, rules), ...((await attack.misses?.(measured, site)) ?? [])];
  return { attack, measured, misses };
}

/** What no stranger may do, whatever the attack. */
function bar({ quiet, during, after, ingressBytes }: Measured, { unnoticedMs }: Rules): readonly string[] {
  const most = Math.max(2 * quiet.p99, unnoticedMs);
  const stretches = { during, after };
  return [
    ...Object.entries(stretches).flatMap(([name, { asked, refused, rejected, silent }]) => [
      ...(asked === 0 ? [`nothing was sent to real phones ${name} the attack`] : []),
      ...(refused > 0
        ? [`${refused} of ${asked} requests for real phones were refused ${name} the attack`]
        : []),
      ...(rejected > 0 ? [`${rejected} real phones were rejected ${name} the attack`] : []),
      ...(silent > 0 ? [`${silent} of ${asked} pushes to real phones ${name} the attack have not rung`] : []),
    ]),
    ...(during.p99 > most
      ? [`p99 was ${during.p99} ms instead of ${quiet.p99} ms, more than ${most} ms`]
      : []),
    ...(after.slowest > servedAgainMs ? [`a push after the attack took ${after.slowest} ms`] : []),
    ...(ingressBytes > maxIngressBytes ? [`the ingress grew to ${ingressBytes} bytes`] : []),
  ];
}

/** A stranger brings a machine along; here the attack takes what the installation and real phones leave of this one. */
function onAMachineOfItsOwn(): Disposable {
  const priority = getPriority();
  setPriority(constants.priority.PRIORITY_LOW);
  return {
    [Symbol.dispose]() {
      try {
        setPriority(priority);
      } catch {
        // Only root may go back; what is left has time.
      }
    },
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
