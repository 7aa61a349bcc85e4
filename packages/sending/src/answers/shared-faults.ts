import type { AnswerNotes, AnswerRow, LaterTerms } from './answer-row.ts';
import { fault } from './answer-row.ts';

/** What keeps a push of any provider from leaving. */
export type SharedFault =
  | 'dns_failed'
  | 'connect_failed'
  | 'tls_failed'
  | 'proxy_failed'
  | 'proxy_credentials'
  | 'shutdown'
  | 'default_payload_not_object';

/** `log`: of what the other side may be guilty of alone. */
export function sharedFaults(
  unsent: LaterTerms,
  log: AnswerNotes['log'],
): readonly AnswerRow<SharedFault, never>[] {
  return [
    fault('dns_failed', {
      answer: 'the name of the server cannot be resolved',
      meaning: 'a fault of the network, or a server that is no more',
      kind: 'later',
      later: unsent,
      cure: "See that this machine's name server works, and that the names in the configuration are right.",
      sent: false,
      log,
    }),
    fault('connect_failed', {
      answer: 'no connection: refused, unreachable or too slow',
      meaning: 'a fault of the network, or the server is down',
      kind: 'later',
      later: unsent,
      sent: false,
      log,
    }),
    fault('tls_failed', {
      answer: 'the TLS handshake failed',
      meaning: 'a certificate that is not trusted, or something in between',
      kind: 'later',
      later: unsent,
      sent: false,
      log,
    }),
    fault('proxy_failed', {
      answer: 'the proxy did not open the way',
      meaning: 'a fault of `proxy`, or it has no way to the server',
      kind: 'later',
      later: unsent,
      cure: 'See `proxy` with `carillon check`: its address, and whether it lets us through.',
      sent: false,
      log: 'warn',
    }),
    fault('proxy_credentials', {
      answer: 'the proxy wants other credentials (407)',
      meaning: 'no send of any app can leave',
      kind: 'misconfigured',
      cure: 'Put the right user and password into `proxy`, and restart the workers: a reload does not change it.',
      speaksFor: 'app',
      sent: false,
      log: 'error',
    }),
    fault('shutdown', {
      answer: 'not sent: the process stops, or its app has new settings',
      meaning: 'goes back as it was',
      kind: 'later',
      later: { backoff: 'connection', scope: 'device', spendsTry: false },
      sent: false,
      log: 'debug',
    }),
    fault('default_payload_not_object', {
      answer: 'not sent: `default_payload` is no object',
      meaning: 'the client has set its pusher wrongly',
      kind: 'refused',
      sent: false,
      log: 'info',
    }),
  ];
}
