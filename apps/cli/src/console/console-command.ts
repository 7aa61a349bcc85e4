import { command } from '../command-line/command.ts';
import { opsOption, readOps } from '../top/ops-option.ts';
import { hashPassword } from './hash-password.ts';
import { serveConsole } from './serve-console.ts';

export const consoleCommand = command({
  name: 'console',
  summary: 'a web page for those on call: what goes on, and one push',
  options: {
    ops: opsOption,
    'allow-changes': {
      type: 'boolean',
      help: 'lets visitors pause and resume apps, retry dead letters and forget rejections',
    },
    hash: {
      type: 'string',
      value: 'USER',
      help: 'reads a password and writes the line for console.password_file; serves nothing',
    },
  },
  examples: ['carillon console', 'carillon console --allow-changes --ops http://10.0.0.5:9402'],
  serves: true,
  read: ({ configPath, values: { ops, hash, 'allow-changes': changes } }) => ({
    configPath,
    changes,
    hash,
    ops: readOps('console', ops),
  }),
  run: ({ hash, ...input }, { input: stdin, output, ...context }) =>
    hash === undefined ? serveConsole({ ...input, ...context }) : hashPassword(hash, stdin, output),
});
