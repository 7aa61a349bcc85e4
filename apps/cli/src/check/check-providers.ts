import { SettingError, type Provider, type ProviderContext, type ProviderModule } from '@carillon/core';
import { createFingerprint, type Config } from '@carillon/runtime';
import type { Finding } from './finding.ts';

export interface OpenedProvider {
  /** The app's name in the configuration. */
  readonly app: string;
  readonly provider: Provider;
}

export interface OpenedProviders {
  readonly providers: readonly OpenedProvider[];
  readonly findings: readonly Finding[];
}

/** Reads the credentials of each app as a worker does at its start. Whoever calls closes the providers. */
export function openProviders(config: Config, modules: readonly ProviderModule[]): OpenedProviders {
  const providers: OpenedProvider[] = [];
  const findings: Finding[] = [];
  const fingerprint = createFingerprint();

  for (const { name, type, settings } of config.apps) {
    const what = `apps.${name}`;
    const module = modules.find(({ types }) => types[0] === type);
    if (module === undefined) continue; // the configuration's types come from the same list
    const warn = (_fields: object, message: string): void => {
      findings.push({ kind: 'warning', what, detail: message });
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
    } catch (error) {
      if (!(error instanceof SettingError)) throw error;
      findings.push({
        kind: 'bad',
        what: `${what}.${error.key}`,
        detail: error.message,
        exit: 'configuration',
      });
    }
  }
  return { providers, findings };
}

/** Connects to the provider's servers on the way that sends take. */
export async function reachProvider({ app, provider }: OpenedProvider): Promise<readonly Finding[]> {
  const places = (await provider.reach?.()) ?? [];
  return places.map(({ origin, problem }): Finding => {
    const what = `apps.${app}`;
    if (problem === undefined) return { kind: 'good', what, detail: `${origin} can be reached` };
    const detail = `${origin} cannot be reached, ${problem.message}`;
    return { kind: 'bad', what, detail, cure: problem.cure, exit: 'unavailable' };
  });
}

function ignore(): void {
  // Only what an operator should know is told.
}
