import { command } from '../command-line/command.ts';
import { durationOf, oneOf, usageError } from '../command-line/options.ts';
import { runSend } from './send.ts';
import { sendKinds } from './test-notify.ts';

export const sendCommand = command({
  name: 'send',
  summary: 'rings one phone through the running workers, tells the outcome',
  options: {
    app: { type: 'string', value: 'APP_ID', help: 'the app_id that the client registers' },
    pushkey: {
      type: 'string',
      value: 'KEY',
      help: 'the phone (APNs: the device token in base64; FCM: the registration token)',
    },
    kind: { type: 'string', value: 'KIND', help: `${sendKinds.join(', ')} (default: message)` },
    data: { type: 'string', value: 'JSON', help: "the pusher's data, such as its default_payload" },
    timeout: { type: 'string', value: 'TIME', help: 'how long the outcome is waited for (default: 15s)' },
  },
  examples: ['carillon send --app com.example.app.ios --pushkey PUSHKEY'],
  exits: {
    ok: 'The provider took it.',
    failure: 'The provider did not take it.',
    unavailable: 'There was no outcome in time, or Redis is in the way.',
  },
  read: ({ configPath, values: { app, pushkey, kind = 'message', data = '{}', timeout = '15s' } }) => ({
    configPath,
    appId: needed('--app', app),
    pushkey: needed('--pushkey', pushkey),
    kind: oneOf('send', '--kind', sendKinds, kind),
    data: objectOf('--data', data),
    timeoutMs: durationOf('send', '--timeout', timeout, { atLeast: '1s', atMost: '1h' }),
  }),
  run: (input, { stop, ...context }) => runSend({ ...input, ...context, signal: stop.signal }),
});

function needed(option: string, value: string | undefined): string {
  if (value === undefined) throw usageError('send', `${option} is missing`);
  return value;
}

/** The value is not quoted: a pusher's data may hold its keys. */
function objectOf(option: string, text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw usageError('send', `${option} is not JSON`, 'put it into single quotes, as the shell takes them');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw usageError('send', `${option} is not a JSON object`);
  return value as Readonly<Record<string, unknown>>;
}
