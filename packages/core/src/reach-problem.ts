/** What keeps a connection to a provider from being made. A closed set: machines read it (`carillon check --json`). */
export type ReachCause =
  | 'dns'
  | 'refused'
  | 'timeout'
  | 'no_route'
  | 'connection_lost'
  | 'address_forbidden'
  | 'proxy_dns'
  | 'proxy_unreachable'
  | 'proxy_credentials'
  | 'proxy_refused'
  | 'tls_untrusted'
  | 'tls_clock'
  | 'tls_name'
  | 'tls_failed'
  | 'no_http2'
  | 'client_certificate';

export interface ReachProblem {
  readonly cause: ReachCause;
  /** What happened, to stand after "cannot be reached,"; with the error's code. */
  readonly message: string;
  /** What the operator has to do, one sentence. */
  readonly cure: string;
}

/** How far a connection came, and what ended it. */
export interface DialFailure {
  readonly step: 'connect' | 'proxy' | 'tls';
  /** The system's or OpenSSL's error code, such as `ENOTFOUND`, or what a proxy answered: `HTTP 407`. */
  readonly code: string;
}

interface Row extends Omit<ReachProblem, 'message'> {
  readonly step: DialFailure['step'];
  readonly code: RegExp;
  readonly what: string;
}

const lookup = /^(ENOTFOUND|EAI_\w+|ENODATA)$/;
const anything = /./;
const openTheWay =
  'let this machine out to this host and port in the firewall, or set `proxy` if it needs one';

/** The first row that fits decides; the last of each step takes everything. */
const rows: readonly Row[] = [
  {
    step: 'connect',
    code: lookup,
    cause: 'dns',
    what: 'its name cannot be resolved',
    cure: "correct the name if you wrote it, and see that this machine's name server works (/etc/resolv.conf)",
  },
  {
    step: 'connect',
    code: /^ECONNREFUSED$/,
    cause: 'refused',
    what: 'its port is refused',
    cure: `nothing listens there, or a firewall refuses for it: correct the address if you wrote it, else ${openTheWay}`,
  },
  {
    step: 'connect',
    code: /^ETIMEDOUT$/,
    cause: 'timeout',
    what: 'nothing answers in time',
    cure: `a firewall drops it, most likely: ${openTheWay}`,
  },
  {
    step: 'connect',
    code: /^(EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|EACCES|EPERM)$/,
    cause: 'no_route',
    what: 'there is no way to it',
    cure: `see the routes of this machine (IPv6 included) and of its container, or ${openTheWay}`,
  },
  {
    step: 'connect',
    code: /^address_forbidden$/,
    cause: 'address_forbidden',
    what: 'its address is private or reserved',
    cure: 'if it is a push server of your own, name its network in `allow_private_endpoints`; else a name server answers wrongly',
  },
  {
    step: 'connect',
    code: anything,
    cause: 'connection_lost',
    what: 'the connection ended at once',
    cure: `something between here and there ends it: ${openTheWay}`,
  },
  {
    step: 'proxy',
    code: /^HTTP 407$/,
    cause: 'proxy_credentials',
    what: 'the proxy wants another user or password',
    cure: 'put the right user and password into `proxy`',
  },
  {
    step: 'proxy',
    code: /^HTTP /,
    cause: 'proxy_refused',
    what: 'the proxy does not open the way',
    cure: 'let the proxy CONNECT to this host and port; 403 is a rule of its own, 5xx that it cannot get there itself',
  },
  {
    step: 'proxy',
    code: lookup,
    cause: 'proxy_dns',
    what: 'the name of the proxy cannot be resolved',
    cure: 'correct the host of `proxy`',
  },
  {
    step: 'proxy',
    code: anything,
    cause: 'proxy_unreachable',
    what: 'the proxy cannot be reached',
    cure: 'start the proxy, open the way to it, or correct `proxy`',
  },
  {
    step: 'tls',
    code: /^ETIMEDOUT$/,
    cause: 'timeout',
    what: 'it takes the connection and then says nothing in time',
    cure: 'it hangs, or a firewall or proxy between lets only the beginning through: see its status page, then firewall and proxy',
  },
  {
    step: 'tls',
    code: /^(CERT_HAS_EXPIRED|CERT_NOT_YET_VALID)$/,
    cause: 'tls_clock',
    what: 'its certificate is not valid at this time',
    cure: 'set the clock of this machine if it is wrong; otherwise the operator of that server has to renew its certificate',
  },
  {
    step: 'tls',
    code: /^(UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|CERT_|INVALID_CA|INVALID_PURPOSE)/,
    cause: 'tls_untrusted',
    what: 'its certificate is not trusted',
    cure: 'something between here and there answers in its place, or it has an authority of its own: put the PEM of that authority into `ca_file` if you trust it',
  },
  {
    step: 'tls',
    code: /^(ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH)$/,
    cause: 'tls_name',
    what: 'its certificate is for another name',
    cure: 'something between here and there answers in its place, or the address is wrong',
  },
  {
    step: 'tls',
    code: /ALERT_(BAD_|UNSUPPORTED_)?CERTIFICATE|ALERT_UNKNOWN_CA|ALERT_ACCESS_DENIED/,
    cause: 'client_certificate',
    what: 'it refuses our client certificate',
    cure: 'put a valid certificate with its key into `certfile`, or change to a signing key (`keyfile`)',
  },
  {
    step: 'tls',
    code: /^(false|http\/1\.1)$|NO_APPLICATION_PROTOCOL/,
    cause: 'no_http2',
    what: 'it speaks no HTTP/2',
    cure: 'something between here and there answers in its place, or `endpoint` is another service',
  },
  {
    step: 'tls',
    code: anything,
    cause: 'tls_failed',
    what: 'the TLS handshake failed',
    cure: 'what answers speaks no TLS, or something between here and there ends it',
  },
];

/** Names the cause and the cure of a connection that could not be made. */
export function reachProblem({ step, code }: DialFailure): ReachProblem {
  const row = rows.find((one) => one.step === step && one.code.test(code)) ?? lastRow;
  return { cause: row.cause, message: `${row.what} (${code})`, cure: row.cure };
}

/** For an empty code. */
const lastRow: Row = {
  step: 'connect',
  code: anything,
  cause: 'connection_lost',
  what: 'the connection could not be made',
  cure: openTheWay,
};
