import { createGlob, isGlob } from '@carillon/core';
import { otherService, pushServices } from './services.ts';
import type { PushService } from './services.ts';

/** An endpoint that may be sent to. */
export interface AllowedEndpoint {
  readonly service: PushService;
  /**
   * Whether the operator has named the site, by its name or by a glob below it such as `*.push.example.org`. A
   * wider glob, such as `*`, lets a client choose any name at all.
   */
  readonly named: boolean;
  /**
   * Whether it is the operator or a known push service, and no client, who says where the name leads: the name is
   * written out, or it is one of theirs. Below any other glob a client can have a name of its own.
   */
  readonly proxyResolves: boolean;
}

export interface EndpointRules {
  /** Undefined: the host or the port is not on the list. */
  match(endpoint: URL): AllowedEndpoint | undefined;
}

/** `host` or `host:port`, both of them globs; IPv6 addresses in brackets. Without a port it is 443. */
export const endpointPattern = /^(?<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._*?-]+)(?::(?<port>[0-9*?]{1,5}))?$/;

/** Answers remembered for hosts, so that a send seldom costs more than a look; bounded (invariant 13). */
const rememberedHosts = 1_000;

export function createEndpointRules(allowed: readonly string[]): EndpointRules {
  const rules = allowed.map((entry) => {
    const { host = '', port = '443' } = endpointPattern.exec(entry)?.groups ?? {};
    return {
      host: createGlob(host.toLowerCase()),
      port: createGlob(port),
      named: namesSite(host),
      isName: !isGlob(host),
    };
  });
  const services = pushServices.map((service) => ({ service, hosts: service.hosts.map(createGlob) }));
  const remembered = new Map<string, AllowedEndpoint | undefined>();

  function find(hostname: string, port: string): AllowedEndpoint | undefined {
    const matching = rules.filter((rule) => rule.host(hostname) && rule.port(port));
    if (matching.length === 0) return undefined;
    const known = services.find(({ hosts }) => hosts.some((host) => host(hostname)));
    return {
      service: known?.service ?? otherService,
      named: matching.some(({ named }) => named),
      proxyResolves: known !== undefined || matching.some(({ isName }) => isName),
    };
  }

  return {
    match({ host, hostname, port }) {
      if (remembered.has(host)) return remembered.get(host);
      const endpoint = find(hostname, port === '' ? '443' : port);
      if (remembered.size < rememberedHosts) remembered.set(host, endpoint);
      return endpoint;
    },
  };
}

function namesSite(host: string): boolean {
  const rest = host.startsWith('*.') ? host.slice(2) : host;
  return !isGlob(rest) && (rest === host || rest.includes('.'));
}
