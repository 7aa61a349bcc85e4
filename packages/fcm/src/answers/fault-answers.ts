import { fault, sharedFaults } from '@carillon/sending';
import type { FcmAnswerRow } from './answer-row.ts';

const scaling = 'https://firebase.google.com/docs/cloud-messaging/scale-fcm';
const tokens = 'https://developers.google.com/identity/protocols/oauth2/service-account';
const passing = { backoff: 'connection', scope: 'provider', spendsTry: false } as const;
const outage = { backoff: 'outage', scope: 'provider', spendsTry: true } as const;

/** What can happen instead of an answer of FCM: before the send, on the way, and at the token endpoint. */
export const faultRows: readonly FcmAnswerRow[] = [
  ...sharedFaults(passing, 'warn'),
  fault('pushkey_malformed', {
    answer: 'not sent: pushkey empty, longer than 2048 characters or not printable ASCII',
    meaning: 'no registration token looks like that',
    kind: 'dead',
    sent: false,
    log: 'info',
    suspect: true,
    cure: 'See that this `app_id` is the one of the Android client: its pushkeys are no tokens of FCM.',
  }),
  fault('pushkey_is_endpoint', {
    answer: 'not sent: the pushkey is an https URL',
    meaning:
      'an endpoint of UnifiedPush and no token of FCM: it is reached once the app has a section `unifiedpush`',
    kind: 'refused',
    sent: false,
    log: 'warn',
  }),
  fault('nothing_to_send', {
    answer: 'not sent: neither event, nor room, nor counts that the client wants',
    meaning: 'there is nothing that the phone could show',
    kind: 'refused',
    sent: false,
    log: 'debug',
  }),
  fault('no_connection', {
    answer: 'no connection had room in time',
    meaning: 'FCM answers slower than we send',
    kind: 'later',
    sent: false,
    log: 'warn',
    later: passing,
  }),
  fault('timeout', {
    answer: 'no answer within 10 s',
    meaning: 'may have been delivered',
    kind: 'later',
    sent: true,
    log: 'warn',
    source: scaling,
    later: outage,
  }),
  fault('connection_reset', {
    answer: 'stream or connection ended before the answer',
    meaning: 'may have been delivered',
    kind: 'later',
    sent: true,
    log: 'info',
    later: { backoff: 'connection', scope: 'provider', spendsTry: true },
  }),
  fault('token_clock_wrong', {
    answer: 'token endpoint: `invalid_grant`, about the time of our assertion',
    meaning: 'the clock of this machine is wrong',
    kind: 'misconfigured',
    sent: false,
    speaksFor: 'app',
    log: 'error',
    source: tokens,
    cure: 'Set the clock of this machine: Google refuses assertions that are minutes off.',
    mayBeClock: true,
  }),
  fault('token_key_unknown', {
    answer: 'token endpoint: `invalid_grant`, about the signature or the account; `invalid_client`',
    meaning: 'the key or the service account was deleted or disabled',
    kind: 'misconfigured',
    sent: false,
    speaksFor: 'app',
    log: 'error',
    source: tokens,
    cure: 'Make a new key for the service account in the Firebase console and put it into service_account_file.',
  }),
  fault('token_refused', {
    answer: 'token endpoint: 4xx otherwise',
    meaning: 'Google gives no access token for this key',
    kind: 'misconfigured',
    sent: false,
    speaksFor: 'app',
    log: 'error',
    source: tokens,
    cure: 'See that the clock is right, that the key in service_account_file still exists, and that its token_uri is right.',
    mayBeClock: true,
  }),
  fault('token_endpoint_failed', {
    answer: 'token endpoint: 5xx, 429 or an unreadable answer',
    meaning: 'a fault of Google',
    kind: 'later',
    sent: false,
    log: 'warn',
    source: tokens,
    later: { backoff: 'outage', scope: 'provider', spendsTry: false },
  }),
  fault('token_endpoint_unreachable', {
    answer: 'token endpoint: no connection, or no answer within 10 s',
    meaning: 'a fault of the network, the proxy or Google',
    kind: 'later',
    sent: false,
    log: 'warn',
    source: tokens,
    cure: 'See whether this machine gets to the token endpoint, oauth2.googleapis.com: `carillon check` tries name, proxy and TLS.',
    later: passing,
  }),
];
