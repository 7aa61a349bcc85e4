import type { GoldenCase } from './golden-case.ts';
import { browserData, endpointOf, phoneKeys, tokenInHex } from './devices.ts';
import { direct, event, idsOnly, message, text } from './events.ts';

type ProviderCase = Omit<GoldenCase, 'provider'>;

export const apnsCases: readonly ProviderCase[] = [
  {
    name: 'sound-tweak',
    shows: 'The sound of the push rule.',
    notification: message(text),
    device: { tweaks: { sound: 'handbell.caf', highlight: true } },
  },
  {
    name: 'sound-of-default-payload',
    shows: 'A sound that the client set wins over that of the push rule.',
    notification: message(text),
    device: {
      tweaks: { sound: 'handbell.caf' },
      data: { default_payload: { aps: { sound: 'gong.caf' } } },
    },
  },
  {
    name: 'sound-and-thread-off',
    shows: 'An app with `sound: false` and `thread_id: false`, which is Sygnal’s way.',
    settings: { sound: false, thread_id: false },
    notification: message(text),
    device: { tweaks: { sound: 'handbell.caf' } },
  },
  {
    name: 'thread-of-default-payload',
    shows: 'Alerts are grouped by room, unless the client groups them.',
    notification: message(text),
    device: { data: { default_payload: { aps: { 'thread-id': 'towers' } } } },
  },
  {
    name: 'event-id-only-mutable',
    shows: 'An alert of the client’s, for an extension that fetches the event and writes the text.',
    notification: idsOnly,
    device: {
      data: {
        format: 'event_id_only',
        default_payload: { aps: { 'mutable-content': 1, alert: { 'loc-key': 'SINGLE_UNREAD' } } },
      },
    },
  },
  {
    name: 'push-type-voip',
    shows: 'An app with `push_type: voip`: the suffix of the topic is added.',
    settings: { push_type: 'voip' },
    notification: event('m.call.invite', { call_id: 'peal-1', version: '1', lifetime: 30_000 }, direct),
  },
  {
    name: 'push-type-voip-message',
    shows: 'The same app sends no message: iOS ends an app that takes a VoIP push and reports no call.',
    settings: { push_type: 'voip' },
    notification: message(text),
  },
  {
    name: 'push-type-voip-all',
    shows: 'An app with `voip_all: true`, which is Sygnal’s way.',
    settings: { push_type: 'voip', voip_all: true },
    notification: message(text),
  },
  {
    name: 'push-type-background',
    shows: 'An app with `push_type: background`, whose priority is always 5.',
    settings: { push_type: 'background' },
    notification: idsOnly,
    device: {
      data: { format: 'event_id_only', default_payload: { aps: { 'content-available': 1 } } },
    },
  },
  {
    name: 'pushkey-hex',
    shows: 'An app with `convert_device_token_to_hex: false`, whose pushkeys are hex already.',
    settings: { convert_device_token_to_hex: false },
    notification: message(text),
    device: { pushkey: tokenInHex },
  },
  {
    name: 'pushkey-malformed',
    shows: 'A pushkey that is no device token is never sent, and is a suspect.',
    notification: message(text),
    device: { pushkey: 'no token at all' },
  },
];

export const fcmCases: readonly ProviderCase[] = [
  {
    name: 'fcm-options',
    shows: 'An app with `fcm_options`, which lie beneath the message.',
    settings: { fcm_options: { android: { ttl: '600s', direct_boot_ok: true } } },
    notification: message(text),
  },
  {
    name: 'default-payload-reserved-keys',
    shows: 'Keys that FCM keeps for itself are left out of `default_payload`, and so are nulls.',
    notification: message(text),
    device: {
      data: { default_payload: { from: 'tower', 'google.x': '1', gcm: '2', account: 'ivo', n: null } },
    },
  },
  {
    name: 'content-of-many-kinds',
    shows: 'Only the texts of the content are sent.',
    notification: message({ ...text, strokes: 8, order: [1, 2], formatted_body: '<b>Practice</b>' }),
  },
  {
    name: 'badge-of-one-account',
    shows: 'Two accounts on one phone keep their badges apart by their `default_payload`.',
    notification: { counts: { unread: 5 } },
    device: { data: { default_payload: { account: 'ivo' } } },
  },
  {
    name: 'pushkey-is-endpoint',
    shows: 'An endpoint of UnifiedPush is no token of FCM: it is refused, and nobody’s pusher is deleted.',
    notification: message(text),
    device: { pushkey: 'https://push.example.org/up/porch' },
  },
  {
    name: 'pushkey-malformed',
    shows: 'A pushkey that is no registration token is never sent, and is a suspect.',
    notification: message(text),
    device: { pushkey: 'a\nb' },
  },
];

export const webpushCases: readonly ProviderCase[] = [
  {
    name: 'only-last-per-room',
    shows: 'A client that wants only the last message of a room: the topic is that of the room.',
    notification: message(text),
    device: { data: { ...browserData, only_last_per_room: true } },
  },
  {
    name: 'events-only-badge',
    shows: 'A client that wants events only gets no counts.',
    notification: { counts: { unread: 2 } },
    device: { data: { ...browserData, events_only: true } },
  },
  {
    name: 'events-only-event',
    shows: 'A client that wants events only gets its events.',
    notification: message(text),
    device: { data: { ...browserData, events_only: true } },
  },
  {
    name: 'content-without-formatted-body',
    shows: 'The formatted body is left out, and so is a ciphertext of more than 2000 characters.',
    notification: event('m.room.encrypted', {
      body: 'Practice is at seven.',
      formatted_body: '<b>Practice</b> is at seven.',
      ciphertext: 'tin'.repeat(700),
    }),
  },
  {
    name: 'ttl-setting',
    shows: 'An app with `ttl: 2h`.',
    settings: { ttl: '2h' },
    notification: message(text),
  },
  {
    name: 'unifiedpush-raw',
    shows: 'UnifiedPush as it first was: the notification as it came, but for the devices, and unencrypted.',
    notification: message(text),
    device: { pushkey: endpointOf('unifiedPush'), data: {} },
  },
  {
    name: 'unifiedpush-unknown-fields',
    shows: 'UnifiedPush gets fields that Carillon does not know, as the homeserver sent them.',
    notification: {
      ...idsOnly,
      'com.example.room_read': '!vestry:belfry.example',
      ciphertext: 'AwgAEnACgAkLmt6qF84IK',
      ephemeral: 'treble',
      mac: 'tenor',
    },
    device: { pushkey: endpointOf('unifiedPush'), data: {} },
  },
  {
    name: 'unifiedpush-encrypted',
    shows: 'UnifiedPush with keys: the same, encrypted.',
    notification: message(text),
    device: { pushkey: endpointOf('unifiedPushWithKeys'), data: phoneKeys },
  },
  {
    name: 'registration-without-keys',
    shows: 'A registration that can never be sent to is in `rejected` at once.',
    notification: message(text),
    device: { data: { endpoint: browserData.endpoint } },
  },
  {
    name: 'endpoint-not-allowed',
    shows: 'An endpoint whose host is not on the list of the app.',
    notification: message(text),
    device: { data: { ...browserData, endpoint: 'https://intranet.example.com/wp/nave' } },
  },
];
