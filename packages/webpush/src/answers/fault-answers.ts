import { fault, sharedFaults } from '@carillon/sending';
import { outage, uncertain, unsent } from './answer-row.ts';
import type { WebPushAnswerRow } from './answer-row.ts';

/** Everything that can happen instead of an answer. What a client's own server is guilty of is no warning. */
export const faultAnswers: readonly WebPushAnswerRow[] = [
  ...sharedFaults(unsent, 'info'),
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
];
