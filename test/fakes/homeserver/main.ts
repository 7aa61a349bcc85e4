import { readFileSync } from 'node:fs';
import { stagePrefix } from './api/stage-api.ts';
import { readCommandLine, usage, UsageError, type Asked } from './command-line.ts';
import type { Try } from './pushing/outbox.ts';
import { startHomeserver } from './server.ts';

/** The stand-in homeserver as a program, and commands to one that runs: `script/homeserver --help`. */
try {
  await run(readCommandLine(process.argv.slice(2)));
} catch (error) {
  const { message } = error as Error;
  process.stderr.write(`script/homeserver: ${message}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 69;
}

async function run(asked: Asked): Promise<void> {
  if (asked.command === 'help') return void process.stdout.write(usage);
  return asked.command === 'act' ? act(asked) : serve(asked);
}

async function serve(asked: Asked & { readonly command: 'serve' }): Promise<void> {
  const { users, usersFile, host, port, like, setsPerMinute } = asked;
  const tokens = usersFile === undefined ? new Map(users.map((name) => [name, name])) : readTokens(usersFile);
  const standIn = await startHomeserver({ host, port, like, tokens, setsPerMinute, onTry: tell });
  const stop = (): void => void standIn[Symbol.asyncDispose]();
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  say(`A stand-in homeserver, like ${like}, listens on ${standIn.url}`);
  say(
    `users: ${[...tokens.keys()].join(', ')}${usersFile === undefined ? '; the token of each is the name' : ''}`,
  );
}

/** Lines with a name and a token. */
function readTokens(file: string): ReadonlyMap<string, string> {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const [name, token, ...more] = line.split(/\s+/);
      if (name === undefined || token === undefined || more.length > 0)
        throw new UsageError(`${file}: a line must have a name and a token`);
      return [name, token] as const;
    }),
  );
}

/** A line for each POST to a gateway. */
function tell({ pusher, event, status, problem, rejected, retryInMs, pusherDeleted }: Try): void {
  const what = event === undefined ? 'badge' : `${event.type} ${event.id}`;
  const answer = status === undefined ? (problem ?? '') : String(status);
  const then = [
    rejected.includes(pusher.pushkey) ? 'rejected' : '',
    pusherDeleted ? 'the pusher is deleted' : '',
    retryInMs === undefined ? '' : `again in ${Math.round(retryInMs / 100) / 10} s`,
  ].filter(Boolean);
  const time = new Date().toTimeString().slice(0, 8);
  say(`${time} ${pusher.user.id} ${pusher.app_id}: ${what} → ${[answer, ...then].join(', ')}`);
}

async function act({ at, method, what, body }: Asked & { readonly command: 'act' }): Promise<void> {
  const response = await fetch(`${at}${stagePrefix}/${what}`, {
    method,
    ...(method === 'POST' && { body: JSON.stringify(body) }),
  }).catch((error: unknown) => {
    throw new Error(`no stand-in homeserver answers at ${at}`, { cause: error });
  });
  const answer = (await response.json()) as { readonly error?: string };
  if (!response.ok) throw new UsageError(answer.error ?? String(response.status));
  say(JSON.stringify(answer, undefined, 2));
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
