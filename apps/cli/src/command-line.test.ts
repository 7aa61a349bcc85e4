import { OperatorError } from '@carillon/runtime';
import { expect, test } from 'vitest';
import { parseCommandLine } from './command-line.ts';

test.each([
  [['ingress'], {}, { name: 'ingress', configPath: 'carillon.yaml' }],
  [['start', '-c', 'a.yaml'], {}, { name: 'start', configPath: 'a.yaml' }],
  [['check'], { CARILLON_CONFIG: 'b.yaml' }, { name: 'check', configPath: 'b.yaml' }],
  [['ingress', '--config=c.yaml'], { CARILLON_CONFIG: 'b.yaml' }, { name: 'ingress', configPath: 'c.yaml' }],
  [
    ['worker', '--app', 'a.*', '--app', 'b', '--type', 'apns', '--lane', 'high', '--lane', 'calls'],
    {},
    {
      name: 'worker',
      configPath: 'carillon.yaml',
      apps: ['a.*', 'b'],
      types: ['apns'],
      lanes: ['high', 'calls'],
    },
  ],
  [
    ['trace', '$event', '--json', 'pushkey', '-c', 'a.yaml'],
    {},
    { name: 'trace', configPath: 'a.yaml', eventKey: '$event', pushkey: 'pushkey', json: true },
  ],
  [
    ['trace', '$event'],
    {},
    { name: 'trace', configPath: 'carillon.yaml', eventKey: '$event', pushkey: undefined, json: false },
  ],
  [
    ['send', '--app', 'a', '--pushkey', 'k'],
    {},
    {
      name: 'send',
      configPath: 'carillon.yaml',
      appId: 'a',
      pushkey: 'k',
      kind: 'message',
      data: {},
      timeoutMs: 15_000,
    },
  ],
  [
    [
      'send',
      '--app=a',
      '--pushkey=-k',
      '--kind=call',
      '--data={"format":"x"}',
      '--timeout=2m',
      '-c',
      'd.yaml',
    ],
    {},
    {
      name: 'send',
      configPath: 'd.yaml',
      pushkey: '-k',
      kind: 'call',
      data: { format: 'x' },
      timeoutMs: 120_000,
    },
  ],
  [['demo', '--once'], {}, { name: 'demo', once: true }],
  [['demo'], {}, { name: 'demo', once: false }],
  [['--help'], {}, { name: 'help' }],
  [['worker', '-h'], {}, { name: 'help' }],
  [['--version'], {}, { name: 'version' }],
])('%j with %j', (args, environment, command) => {
  expect(parseCommandLine(args, environment)).toMatchObject(command);
});

test.each([
  [[], 'A command is missing'],
  [['wroker'], 'There is no command wroker'],
  [['worker', '--lane', 'fast'], '--lane fast is not one of calls, high, low'],
  [['send', '--pushkey', 'k'], 'carillon send: --app is missing'],
  [['send', '--app', 'a', '--pushkey', ''], 'carillon send: --pushkey is missing'],
  [
    ['send', '--app', 'a', '--pushkey', 'k', '--kind', 'ring'],
    '--kind ring is not one of message, call, badge',
  ],
  [['send', '--app', 'a', '--pushkey', 'k', '--data', '{'], '--data is not JSON'],
  [['send', '--app', 'a', '--pushkey', 'k', '--data', '[]'], '--data is not a JSON object'],
  [['send', '--app', 'a', '--pushkey', 'k', '--timeout', '9'], '--timeout 9 must be a duration such as 30s'],
  [['send', '--app', 'a', '--pushkey', 'k', '--timeout', '2h'], '--timeout 2h must be from 1s to 1h'],
  [['trace'], 'carillon trace: give an event id'],
  [['trace', ''], 'a shell takes $… in double quotes'],
  [['trace', '$a', 'b', 'c'], 'give one event id, and at most one pushkey'],
  [['ingress', '--confg', 'x'], "carillon ingress: Unknown option '--confg'"],
  [['ingress', '--config'], "carillon ingress: Option '-c, --config <value>' argument missing"],
  [['ingress', 'extra'], "carillon ingress: Unexpected argument 'extra'"],
])('%j: %s', (args, message) => {
  const parse = () => parseCommandLine(args, {});
  expect(parse).toThrow(OperatorError);
  expect(parse).toThrow(message);
});
