import {
  SettingError,
  settingFiles,
  type DryRun,
  type Provider,
  type ProviderContext,
  type ProviderModule,
} from '@carillon/core';
import { createFingerprint, type Config, type ConfigError } from '@carillon/runtime';
import { checked, type Finding } from './finding.ts';
import { judgeFileMode } from './judge-file-mode.ts';
import type { Look } from './look.ts';
import { timeText } from '../terminal/time-text.ts';

export interface OpenedProvider {
  /** The app's name in the configuration. */
  readonly app: string;
  readonly provider: Provider;
}

export interface OpenedProviders {
  readonly providers: readonly OpenedProvider[];
  readonly findings: readonly Finding[];
}

/** Reads the credentials of each app as a worker does at its start. The caller closes the providers. */
export function openProviders(
  config: { readonly apps: ConfigError['goodApps']; readonly proxy?: Config['proxy'] },
  modules: readonly ProviderModule[],
): OpenedProviders {
  const providers: OpenedProvider[] = [];
  const findings: Finding[] = [];
  const fingerprint = createFingerprint();

  for (const { name, type, settings } of config.apps) {
    const what = `apps.${name}`;
    const module = modules.find(({ types }) => types[0] === type);
    if (module === undefined) continue; // the configuration's types come from the same list
    let opened = false;
    const warn = (_fields: object, message: string): void => {
      // Once it is open, what goes wrong is told as the result of what was tried.
      if (!opened) findings.push({ kind: 'warning', what, detail: message });
    };
    const context: ProviderContext = {
      log: { debug: ignore, info: ignore, warn, error: warn },
      observer: { connectionOpened: ignore, connectionClosed: ignore, unknownAnswer: ignore },
      ...(config.proxy !== undefined && { proxy: new URL(config.proxy.href) }),
      now: Date.now,
      fingerprint,
    };
    try {
      providers.push({ app: name, provider: module.create({ name, settings }, context) });
      findings.push({ kind: 'good', what, detail: `its ${type} credentials can be read` });
      for (const { key, path } of settingFiles(module.shape, settings))
        if (!/(^|\.)ca_file$/.test(key)) findings.push(...judgeFileMode(`${what}.${key}`, path));
    } catch (error) {
      if (!(error instanceof SettingError)) throw error;
      findings.push({
        kind: 'bad',
        what: `${what}.${error.key}`,
        detail: error.message,
        exit: 'configuration',
      });
    }
    opened = true;
  }
  return { providers, findings };
}

/** Connects to the provider's servers on the way that sends take; if that works, sends to a made-up device. */
export async function checkProvider({ app, provider }: OpenedProvider): Promise<Look> {
  const what = `apps.${app}`;
  const { result: places = [], tookMs: reachMs } = await timed(provider.reach?.());
  const stuck = places.some(({ problem }) => problem !== undefined);
  const reached = checked(
    'reach',
    places.map(({ origin, problem }): Finding => {
      const good = `${origin} can be reached`;
      // Where one place cannot be reached, the time is that of its failure.
      if (problem === undefined)
        return stuck ? { kind: 'good', what, detail: good } : judgeTime(what, good, reachMs, farAway);
      return {
        kind: 'bad',
        what,
        detail: `${origin} cannot be reached, ${problem.message}`,
        cure: problem.cure,
        exit: 'unavailable',
        mayBeClock: problem.cause === 'tls_clock',
      };
    }),
  );
  if (stuck || provider.dryRun === undefined) return { findings: reached, clocks: [] };
  const { result: run, tookMs } = await timed(provider.dryRun());
  return {
    findings: [...reached, ...checked('dry_run', [judgeDryRun(what, run, tookMs)])],
    clocks: run.clock === undefined ? [] : [run.clock],
  };
}

async function timed<T>(work: Promise<T> | T): Promise<{ readonly result: T; readonly tookMs: number }> {
  const startedAt = performance.now();
  const result = await work;
  return { result, tookMs: performance.now() - startedAt };
}

/** Each delivery waits so long, or a new connection does. */
const slowMs = 3_000;
const farAway = 'the network, the proxy or the name server of this machine is slow on the way there';

const onlyRealPhones = 'whether the settings fit its phones shows only a push to one: `carillon send`';

/** `tookMs` is that of the slowest, where several things were done at a time. */
function judgeTime(what: string, done: string, tookMs: number, slowCure: string): Finding {
  const detail = `${done}, within ${timeText(tookMs)}`;
  return tookMs > slowMs ? { kind: 'warning', what, detail, cure: slowCure } : { kind: 'good', what, detail };
}

function judgeDryRun(what: string, { outcome, meaning, mayBeClock }: DryRun, tookMs: number): Finding {
  const { kind, reason } = outcome;
  switch (kind) {
    case 'delivered':
    case 'dead': {
      const finding = judgeTime(
        what,
        `the provider takes its credentials (a send to a made-up device: ${reason})`,
        tookMs,
        'the provider is slow, or the way to it: see its status page, and the lines on reaching it',
      );
      // Such an answer also comes of a wrong setting, which only a phone of the app would tell.
      return kind === 'dead' && outcome.cure !== undefined
        ? { ...finding, detail: `${finding.detail}; ${onlyRealPhones}` }
        : finding;
    }
    case 'misconfigured':
      return {
        kind: 'bad',
        what,
        detail: `the provider refuses every send: ${reason}, ${meaning}`,
        cure: outcome.cure,
        exit: 'configuration',
        mayBeClock,
      };
    case 'later':
      return {
        kind: 'bad',
        what,
        detail: `a send to a made-up device fails: ${reason}, ${meaning}`,
        cure: outcome.cure ?? "workers try again by themselves; if it lasts, see the provider's status page",
        exit: 'unavailable',
        mayBeClock,
      };
    case 'refused':
      return {
        kind: 'warning',
        what,
        detail: `a send to a made-up device tells nothing: ${reason}, ${meaning}`,
        cure: 'try a real device: `carillon send`',
      };
    default:
      return kind satisfies never;
  }
}

function ignore(): void {
  // Only what an operator should know is told.
}
