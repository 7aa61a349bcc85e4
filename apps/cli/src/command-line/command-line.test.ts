import { OperatorError } from '@carillon/runtime';
import { expect, test } from 'vitest';
import { parseCommandLine } from './command-line.ts';

const letter = { queue: { app: 'app', shard: 0, lane: 'high' }, number: '17' };

test.each([
  [['ingress'], {}, { name: 'ingress', configPath: 'carillon.yaml' }],
  [['start', '-c', 'a.yaml'], {}, { name: 'start', configPath: 'a.yaml' }],
  [
    ['check'],
    { CARILLON_CONFIG: 'b.yaml' },
    { name: 'check', configPath: 'b.yaml', offline: false, json: false },
  ],
  [['check', '--json', '--offline'], {}, { name: 'check', offline: true, json: true }],
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
  [['apps'], {}, { name: 'apps', configPath: 'carillon.yaml', action: { kind: 'list', json: false } }],
  [['apps', '--json', '-c', 'a.yaml'], {}, { configPath: 'a.yaml', action: { kind: 'list', json: true } }],
  [['apps', 'resume', 'org.*'], {}, { name: 'apps', action: { kind: 'resume', app: 'org.*' } }],
  [['dead'], {}, { name: 'dead', action: { kind: 'list', apps: [], json: false } }],
  [['dead', 'list', '--app', 'a.*', '--json'], {}, { action: { kind: 'list', apps: ['a.*'], json: true } }],
  [['dead', 'show', 'app/0/high/17'], {}, { action: { kind: 'show', letters: [letter], json: false } }],
  [['dead', 'retry', 'app/0/high/17'], {}, { action: { kind: 'retry', choice: { letters: [letter] } } }],
  [
    ['dead', 'drop', '--all', '--app', 'a'],
    { CARILLON_CONFIG: 'b.yaml' },
    { configPath: 'b.yaml', action: { kind: 'drop', choice: { kind: 'all', apps: ['a'] } } },
  ],
  [['top'], {}, { name: 'top', once: false, ops: [] }],
  [
    ['top', '--once', '--ops', 'http://10.0.0.5:9402', '--ops=https://ops.example.org/w/metrics'],
    {},
    {
      once: true,
      ops: [new URL('http://10.0.0.5:9402/metrics'), new URL('https://ops.example.org/w/metrics')],
    },
  ],
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
  [['apps', 'pause', 'a'], 'carillon apps: there is no action pause, only resume'],
  [['apps', 'resume'], 'carillon apps resume: give the name of one app'],
  [['apps', 'resume', 'a', 'b'], 'carillon apps resume: give the name of one app'],
  [['apps', 'resume', 'a', '--json'], 'carillon apps resume: --json is for the list'],
  [['dead', 'bury'], 'carillon dead: the action bury is not one of list, show, retry, drop'],
  [['dead', 'list', 'app/0/high/17'], 'carillon dead list: takes no ids'],
  [['dead', 'show'], 'carillon dead show: give the id of a dead letter'],
  [['dead', 'show', '17'], 'carillon dead: 17 is no id of a dead letter, such as'],
  [['dead', 'show', '--all'], 'carillon dead show: --all is for retry and drop'],
  [['dead', 'retry'], 'carillon dead retry: give ids of dead letters, or --all'],
  [['dead', 'drop', '--all', 'app/0/high/17'], 'carillon dead drop: give ids of dead letters, or --all'],
  [
    ['dead', 'drop', 'app/0/high/17', '--app', 'a'],
    'carillon dead drop: --app is for list, and beside --all',
  ],
  [['dead', 'drop', '--all', '--json'], 'carillon dead drop: --json is for list and show'],
  [['top', '--ops', 'localhost:9402'], 'carillon top: --ops localhost:9402 is no address such as'],
  [['top', 'now'], "carillon top: Unexpected argument 'now'"],
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
