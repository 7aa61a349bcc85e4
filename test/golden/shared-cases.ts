import type { Fields, GoldenCase, ProviderName } from './golden-case.ts';
import { providerNames } from './devices.ts';
import { direct, event, idsOnly, message, text } from './events.ts';

interface SharedCase extends Omit<GoldenCase, 'provider'> {
  /** Default: all. */
  readonly on?: readonly ProviderName[];
}

const offer = (media: string): Fields => ({
  call_id: 'peal-1',
  version: '1',
  lifetime: 30_000,
  offer: { type: 'offer', sdp: `v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n${media}` },
});

/** The same request to a device of each provider. */
export const sharedCases: readonly GoldenCase[] = (
  [
    {
      name: 'message-text-in-room',
      shows: 'A text in a room with a name.',
      notification: message(text),
    },
    {
      name: 'message-text-direct',
      shows: 'A text in a room without a name, such as a chat of two.',
      notification: message(text, direct),
    },
    {
      name: 'message-room-alias-only',
      shows: 'A room that has an alias and no name.',
      notification: message(text, { room_name: undefined, room_alias: '#tower:belfry.example' }),
    },
    {
      name: 'message-without-display-name',
      shows: 'A sender who has set no display name.',
      notification: message(text, { sender_display_name: undefined }),
      on: ['apns'],
    },
    {
      name: 'message-emote',
      shows: 'An emote.',
      notification: message({ msgtype: 'm.emote', body: 'oils the bearings' }),
    },
    {
      name: 'message-image-in-room',
      shows: 'An image; its body is the name of the file.',
      notification: message({
        msgtype: 'm.image',
        body: 'headstock.jpg',
        url: 'mxc://belfry.example/headstock',
        info: { mimetype: 'image/jpeg', size: 48_211, w: 1200, h: 800 },
      }),
    },
    {
      name: 'message-image-direct',
      shows: 'An image in a room without a name.',
      notification: message(
        { msgtype: 'm.image', body: 'headstock.jpg', url: 'mxc://belfry.example/headstock' },
        direct,
      ),
      on: ['apns'],
    },
    {
      name: 'message-file',
      shows: 'A file.',
      notification: message({
        msgtype: 'm.file',
        body: 'method.pdf',
        url: 'mxc://belfry.example/method',
        info: { mimetype: 'application/pdf', size: 9_310 },
      }),
      on: ['apns', 'fcm'],
    },
    {
      name: 'message-notice',
      shows: 'A notice, as bots send them.',
      notification: message({ msgtype: 'm.notice', body: 'The clock was wound.' }),
      on: ['apns', 'fcm'],
    },
    {
      name: 'message-encrypted-in-room',
      shows: 'An encrypted event: nobody but the phone can read it.',
      notification: event('m.room.encrypted', {
        algorithm: 'm.megolm.v1.aes-sha2',
        ciphertext: 'AwgAEnACgAkLmt6qF84IK',
        session_id: 'tenor-session',
        device_id: 'ROPEWALK',
        sender_key: 'treble',
      }),
    },
    {
      name: 'message-encrypted-direct',
      shows: 'An encrypted event in a room without a name.',
      notification: event(
        'm.room.encrypted',
        { algorithm: 'm.megolm.v1.aes-sha2', ciphertext: 'AwgAEnACgAkLmt6qF84IK' },
        direct,
      ),
      on: ['apns'],
    },
    {
      name: 'invite-direct',
      shows: 'An invitation to a room without a name.',
      notification: event(
        'm.room.member',
        { membership: 'invite', displayname: 'Ivo', is_direct: true },
        { ...direct, membership: 'invite', user_is_target: true },
      ),
    },
    {
      name: 'invite-named-room',
      shows: 'An invitation to a room with a name.',
      notification: event(
        'm.room.member',
        { membership: 'invite', displayname: 'Ivo' },
        { membership: 'invite', user_is_target: true },
      ),
    },
    {
      name: 'call-voice',
      shows: 'A voice call. Calls expire after 30 seconds.',
      notification: event('m.call.invite', offer(''), direct),
    },
    {
      name: 'call-video',
      shows: 'A video call, told by the media of its offer.',
      notification: event('m.call.invite', offer('m=video 9 UDP/TLS/RTP/SAVPF 96\r\n'), direct),
    },
    {
      name: 'call-member',
      shows: 'Somebody joined a call of the room.',
      notification: event('m.call.member', { application: 'm.call', call_id: '', device_id: 'ROPEWALK' }),
      on: ['apns', 'fcm'],
    },
    {
      name: 'call-rtc-notification',
      shows: 'A call that wants to ring (MatrixRTC).',
      notification: event('m.rtc.notification', {
        notification_type: 'ring',
        sender_ts: 1_790_000_000_000,
        lifetime: 30_000,
        'm.mentions': { room: true },
      }),
    },
    {
      name: 'event-of-unknown-type',
      shows: 'An event of a type that Carillon has no words for.',
      notification: event('org.example.bell.rung', { bell: 'tenor', strokes: 12 }),
    },
    {
      name: 'badge-counts',
      shows: 'Only new counts, as after the user has read something elsewhere.',
      notification: { id: '', type: null, sender: '', counts: { unread: 2, missed_calls: 1 } },
    },
    {
      name: 'badge-zero',
      shows: 'Everything is read.',
      notification: { id: '', type: null, sender: '', counts: { unread: 0 } },
    },
    {
      name: 'badge-not-wanted',
      shows: 'New counts for a client that counts for itself.',
      notification: { id: '', type: null, sender: '', counts: { unread: 2 } },
      device: { data: { 'org.matrix.msc4076.disable_badge_count': true } },
    },
    {
      name: 'counts-not-wanted',
      shows: 'An event for a client that counts for itself.',
      notification: idsOnly,
      device: { data: { format: 'event_id_only', 'org.matrix.msc4076.disable_badge_count': true } },
    },
    {
      name: 'badge-absent',
      shows: 'Neither an event nor counts.',
      notification: { id: '', type: null, sender: '' },
    },
    {
      name: 'badge-counts-off',
      shows: 'An app with `send_badge_counts: false`.',
      settings: { send_badge_counts: false },
      notification: message(text),
      on: ['apns', 'fcm'],
    },
    {
      name: 'event-id-only',
      shows: 'A pusher of the format `event_id_only`: the phone fetches the event itself.',
      notification: idsOnly,
      device: { data: { format: 'event_id_only' } },
    },
    {
      name: 'default-payload',
      shows: 'What the client put into `default_payload` lies beneath, at any depth.',
      notification: message(text),
      device: {
        data: {
          default_payload: {
            account: 'ivo',
            aps: { 'mutable-content': 1, alert: { title: 'Bells' } },
            rota: { days: ['Mon', 'Thu'], ringers: { treble: 'Nell' } },
          },
        },
      },
    },
    {
      name: 'default-payload-not-object',
      shows: 'A `default_payload` that is no object: nothing can be sent.',
      notification: message(text),
      device: { data: { default_payload: 'ring' } },
    },
    {
      name: 'low-priority',
      shows: 'An event that need not wake the phone.',
      notification: message(text, { prio: 'low' }),
    },
    {
      name: 'too-long-ascii',
      shows: 'A text that is too long is cut.',
      notification: message({ msgtype: 'm.text', body: 'Round and round go the bells. '.repeat(200) }),
    },
    {
      name: 'too-long-emoji',
      shows: 'A cut never falls inside a code point, however many units and bytes it has.',
      notification: message({ msgtype: 'm.text', body: '🔔🧑‍🚒'.repeat(600) }),
    },
    {
      name: 'too-long-cjk',
      shows: 'Characters of three bytes are counted as three.',
      notification: message({ msgtype: 'm.text', body: '鐘が鳴る。'.repeat(500) }),
      on: ['apns', 'fcm'],
    },
    {
      name: 'too-long-escapes',
      shows: 'What JSON has to escape is counted as it is sent.',
      notification: message({ msgtype: 'm.text', body: '"\\\n\u0007'.repeat(900) }),
      on: ['apns', 'webpush'],
    },
  ] satisfies readonly SharedCase[]
).flatMap(({ on = providerNames, ...one }: SharedCase) => on.map((provider) => ({ ...one, provider })));
