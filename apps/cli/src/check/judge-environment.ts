import type { Finding } from './finding.ts';

const proxies = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'];
const exceptions = ['NO_PROXY', 'no_proxy'];

/** Variables that other programs find their proxy by, and Carillon does not. Their values may hold a password, and are not told. */
export function judgeEnvironment(environment: NodeJS.ProcessEnv, proxy: unknown): readonly Finding[] {
  const isSet = (name: string) => (environment[name] ?? '') !== '';
  if (proxy === undefined)
    return proxies.filter(isSet).map((what) => ({
      kind: 'warning',
      what,
      detail: 'is set, and Carillon does not use it: providers are connected to directly',
      cure: 'if they can be reached only through that proxy, set `proxy` in the configuration',
    }));
  return exceptions.filter(isSet).map((what) => ({
    kind: 'warning',
    what,
    detail: 'is set, and Carillon does not use it: all providers are reached through `proxy`',
    cure: 'let the proxy reach all of them',
  }));
}
