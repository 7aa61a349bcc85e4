import { outage, own, uncertain, unsent } from './answer-row.ts';
import type { WebPushAnswerRow, WebPushFault } from './answer-row.ts';

/** Everything that can happen instead of an answer. */
export const faultAnswers: readonly WebPushAnswerRow[] = [
  fault('registration_unusable', {
    sent: false,
    answer: 'not sent: keys or endpoint of the registration are missing or no such thing',
    meaning: 'nothing can ever be sent to it',
    kind: 'dead',
    suspect: false,
    log: 'info',
  }),
  fault('endpoint_not_allowed', {
    sent: false,
    answer: 'not sent: host or port of the endpoint are not among `allowed_endpoints`',
    meaning: 'no push service of ours',
    kind: 'refused',
    log: 'info',
  }),
  fault('address_forbidden', {
    sent: false,
    answer: 'not sent: the endpoint has a private or reserved address',
    meaning: 'an attack on our own network, or a name server that answers wrongly',
    kind: 'refused',
    log: 'warn',
  }),
  fault('default_payload_not_object', {
    sent: false,
    answer: 'not sent: `default_payload` is no object',
    meaning: 'the client has set its pusher wrongly',
    kind: 'refused',
    log: 'info',
  }),
  fault('nothing_to_send', {
    sent: false,
    answer: 'not sent: `events_only`, and no event',
    meaning: 'the client does not want badge updates',
    kind: 'refused',
    log: 'debug',
  }),
  fault('payload_too_large', {
    sent: false,
    answer: 'not sent: too large with everything cut, because of `default_payload`',
    meaning: 'the client has set its pusher wrongly',
    kind: 'refused',
    log: 'info',
  }),
  fault('dns_failed', {
    sent: false,
    answer: 'the host of the endpoint cannot be resolved',
    meaning: 'a fault of the network, or a push server that is no more',
    kind: 'later',
    later: unsent,
    log: 'info',
  }),
  fault('connect_failed', {
    sent: false,
    answer: 'no connection: refused, unreachable or too slow',
    meaning: 'a fault of the network, or the push service is down',
    kind: 'later',
    later: unsent,
    log: 'info',
  }),
  fault('tls_failed', {
    sent: false,
    answer: 'the TLS handshake failed',
    meaning: 'a certificate that is not trusted, or something in between',
    kind: 'later',
    later: unsent,
    log: 'info',
  }),
  fault('proxy_failed', {
    sent: false,
    answer: 'the proxy did not open the way (407 included)',
    meaning: 'a fault of `proxy` or of its user and password, or the host cannot be reached from it',
    kind: 'later',
    later: unsent,
    log: 'warn',
  }),
  fault('timeout', {
    sent: true,
    answer: 'no answer within 10 s',
    meaning: 'may have been delivered',
    kind: 'later',
    later: outage,
    log: 'info',
  }),
  fault('connection_reset', {
    sent: true,
    answer: 'the connection ended before the answer',
    meaning: 'may have been delivered',
    kind: 'later',
    later: uncertain,
    log: 'info',
  }),
  fault('answer_unreadable', {
    sent: true,
    answer: 'the answer is no HTTP, or its header is too long',
    meaning: 'no push service, or something in between',
    kind: 'later',
    later: outage,
    log: 'info',
  }),
  fault('origin_resting', {
    sent: false,
    answer: 'not sent: the push service has failed several times in a row',
    meaning: 'it is left alone for a while; the others go on',
    kind: 'later',
    later: unsent,
    log: 'debug',
  }),
  fault('origin_busy', {
    sent: false,
    answer: 'not sent: enough messages are under way to this push service',
    meaning: 'so that one slow service cannot hold all senders',
    kind: 'later',
    later: { ...unsent, backoff: 'connection' },
    log: 'debug',
  }),
  fault('shutdown', {
    sent: false,
    answer: 'not sent: the process stops, or its app has new settings',
    meaning: 'goes back as it was',
    kind: 'later',
    later: { ...unsent, backoff: 'connection' },
    log: 'debug',
  }),
];

function fault(
  name: WebPushFault,
  row: Omit<WebPushAnswerRow, 'when' | 'reason' | 'source'>,
): WebPushAnswerRow {
  return { when: { fault: name }, reason: name, source: own, ...row };
}
