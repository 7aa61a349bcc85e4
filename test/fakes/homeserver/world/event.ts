import { randomBytes } from 'node:crypto';
import type { Room } from './rooms.ts';
import type { User } from './users.ts';

export interface RoomEvent {
  readonly id: string;
  readonly room: Room;
  readonly sender: User;
  readonly type: string;
  readonly content: Readonly<Record<string, unknown>>;
  /** Of state only. */
  readonly stateKey: string | undefined;
}

export function createEvent(parts: Omit<RoomEvent, 'id'>): RoomEvent {
  return { id: `$${randomBytes(32).toString('base64url')}`, ...parts };
}

/** An invitation that is not yet answered, a call that rings: contents as clients send them. */
export const contents = {
  message: (text: string) => ({ body: text, msgtype: 'm.text' }),
  invite: (user: User, isDirect: boolean) => ({
    displayname: user.displayName,
    ...(isDirect && { is_direct: true }),
    membership: 'invite',
  }),
  call: (video: boolean) => ({
    call_id: randomBytes(6).toString('hex'),
    lifetime: 60_000,
    offer: {
      sdp: `v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n${video ? 'm=video 9 UDP/TLS/RTP/SAVPF 96\r\n' : ''}`,
      type: 'offer',
    },
    party_id: 'STANDIN',
    version: '1',
  }),
} as const;
