import type { Person } from '../world/people.ts';

/** A command for any POSIX shell that rings a phone. The second of day in its event id makes each call a new event. */
export function curlCommand(notifyUrl: string, from: Person, to: Person): string {
  const notification = JSON.stringify({
    notification: {
      event_id: '$try-TIME',
      room_id: '!lunch',
      type: 'm.room.message',
      sender: from.id,
      sender_display_name: from.displayName,
      content: { msgtype: 'm.text', body: 'Hello from curl' },
      devices: [{ app_id: to.phone.appId, pushkey: to.phone.pushkey, tweaks: { sound: 'default' } }],
    },
  });
  const body = notification
    .replace('TIME', `'"$(date +%s)"'`)
    .replace(',"devices"', `,\n "devices"`)
    .replace(',"content"', `,\n "content"`);
  return `curl -X POST ${notifyUrl} \\\n  -H 'Content-Type: application/json' \\\n  -d '${body}'`;
}
