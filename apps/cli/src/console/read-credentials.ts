import type { Finding } from '@carillon/console';
import type { ProviderModule } from '@carillon/core';
import type { Config } from '@carillon/runtime';
import { openProviders } from '../check/check-providers.ts';
import { judgeExpiry } from '../check/judge-expiry.ts';

/** What `carillon check --offline` says of the apps' files. */
export async function readCredentials(
  config: Config,
  providers: readonly ProviderModule[],
): Promise<readonly Finding[]> {
  const opened = openProviders(config, providers);
  const now = Date.now();
  const expiry = opened.providers.flatMap(({ app, provider }) =>
    (provider.expiringCredentials ?? []).map((credential) => judgeExpiry(app, credential, now)),
  );
  await Promise.all(opened.providers.map(({ provider }) => provider.close()));
  return [...opened.findings, ...expiry];
}
