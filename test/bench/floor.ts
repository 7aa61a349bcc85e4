import { readFileSync } from 'node:fs';
import { createPrivateKey, sign } from 'node:crypto';
import { createServer } from 'node:http';
import { connect } from 'node:http2';
import type { AddressInfo } from 'node:net';

/**
 * The floor that the gateway is measured against: a relay that reads the same requests and sends the same
 * pushes, and keeps nothing. No queue, no duplicates, no rejections, no retries; if it dies, so do they.
 *
 *   floor.ts DIR    DIR has apns.json, as the stand-in writes it
 */
const folder = process.argv[2] ?? '.';
const settings = JSON.parse(readFileSync(`${folder}/apns.json`, 'utf8')) as Record<
  'url' | 'key_id' | 'team_id' | 'topic' | 'caFile' | 'keyfile',
  string
>;

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const unsigned = `${part({ alg: 'ES256', kid: settings.key_id })}.${part({ iss: settings.team_id, iat: Math.floor(Date.now() / 1_000) })}`;
const key = { key: createPrivateKey(readFileSync(settings.keyfile)), dsaEncoding: 'ieee-p1363' } as const;
const authorization = `bearer ${unsigned}.${sign('sha256', Buffer.from(unsigned), key).toString('base64url')}`;
const session = connect(settings.url, { ca: readFileSync(settings.caFile) });

interface Notify {
  readonly notification: {
    readonly event_id: string;
    readonly room_id: string;
    readonly sender_display_name: string;
    readonly content: { readonly body: string };
    readonly counts: { readonly unread: number };
    readonly devices: readonly { readonly pushkey: string }[];
  };
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { notification } = JSON.parse(Buffer.concat(chunks).toString()) as Notify;
    for (const { pushkey } of notification.devices) push(notification, pushkey);
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"rejected":[]}');
  });
});

function push(notification: Notify['notification'], pushkey: string): void {
  const stream = session.request({
    ':method': 'POST',
    ':path': `/3/device/${Buffer.from(pushkey, 'base64').toString('hex')}`,
    'apns-topic': settings.topic,
    'apns-push-type': 'alert',
    authorization,
  });
  stream.resume();
  stream.end(
    JSON.stringify({
      aps: {
        alert: {
          'loc-key': 'MSG_FROM_USER_WITH_CONTENT',
          'loc-args': [notification.sender_display_name, notification.content.body],
        },
        badge: notification.counts.unread,
      },
      room_id: notification.room_id,
      event_id: notification.event_id,
    }),
  );
}

session.once('remoteSettings', () => {
  // APNs allows one stream until it has seen a valid token.
  push(
    {
      event_id: '',
      room_id: '',
      sender_display_name: '',
      content: { body: '' },
      counts: { unread: 0 },
      devices: [],
    },
    '00'.repeat(32),
  );
  session.on('remoteSettings', ({ maxConcurrentStreams = 0 }) => {
    if (maxConcurrentStreams > 1 && !server.listening) {
      server.listen(0, '127.0.0.1', () => {
        const { port } = server.address() as AddressInfo; // it listens on TCP
        process.stdout.write(`${JSON.stringify({ ready: true, listen: `127.0.0.1:${port}` })}\n`);
      });
    }
  });
});
