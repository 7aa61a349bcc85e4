import { OperatorError } from '@carillon/runtime';
import { expect, test } from 'vitest';
import { parseCommandLine } from './command-line.ts';

function read(args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const asked = parseCommandLine(args, environment);
  if (asked.kind !== 'command') return asked;
  return { name: asked.command.name, input: asked.prepared.input };
}

const letter = { queue: { app: 'app', shard: 0, lane: 'high' }, number: '17' };
const everything = { apps: [], types: [], lanes: [] };

test.each<[args: readonly string[], environment: NodeJS.ProcessEnv, name: string, input: object]>([
  [['ingress'], {}, 'ingress', { configPath: 'carillon.yaml', ingress: true, worker: undefined }],
  [['start', '-c', 'a.yaml'], {}, 'start', { configPath: 'a.yaml', ingress: true, worker: everything }],
  [['ingress', '--config=c.yaml'], { CARILLON_CONFIG: 'b.yaml' }, 'ingress', { configPath: 'c.yaml' }],
  [
    ['worker', '--app', 'a.*', '--app', 'b', '--type', 'apns', '--lane', 'high', '--lane', 'calls'],
    {},
    'worker',
    { ingress: false, worker: { apps: ['a.*', 'b'], types: ['apns'], lanes: ['high', 'calls'] } },
  ],
  [['check'], { CARILLON_CONFIG: 'b.yaml' }, 'check', { configPath: 'b.yaml', offline: false, json: false }],
  [['check', '--json', '--offline'], {}, 'check', { offline: true, json: true }],
  [
    ['trace', '$event', '--json', 'pushkey', '-c', 'a.yaml'],
    {},
    'trace',
    { configPath: 'a.yaml', asked: { eventKey: '$event', pushkey: 'pushkey' }, json: true },
  ],
  [
    ['send', '--app', 'a', '--pushkey', 'k'],
    {},
    'send',
    { appId: 'a', pushkey: 'k', kind: 'message', data: {}, timeoutMs: 15_000 },
  ],
  [
    ['send', '--app=a', '--pushkey=-k', '--kind=call', '--data={"format":"x"}', '--timeout=2m', '-cd.yaml'],
    {},
    'send',
    { configPath: 'd.yaml', pushkey: '-k', kind: 'call', data: { format: 'x' }, timeoutMs: 120_000 },
  ],
  [['apps'], {}, 'apps list', { configPath: 'carillon.yaml', json: false }],
  [['apps', '--json', '-c', 'a.yaml'], {}, 'apps list', { configPath: 'a.yaml', json: true }],
  [['apps', 'list'], {}, 'apps list', { json: false }],
  [['apps', 'resume', 'org.*'], {}, 'apps resume', { app: 'org.*', lane: undefined }],
  [['apps', 'pause', 'a'], {}, 'apps pause', { app: 'a', lane: undefined, untilMs: undefined }],
  [
    ['apps', 'pause', 'a', '--lane', 'calls', '--until', '30m', '--reason', 'b c'],
    {},
    'apps pause',
    { app: 'a', lane: 'calls', untilMs: 1_800_000, reason: 'b c' },
  ],
  [['apps', 'drain', 'a'], {}, 'apps drain', { app: 'a', once: false }],
  [['dead'], {}, 'dead list', { apps: [], json: false }],
  [['dead', 'list', '--app', 'a.*', '--json'], {}, 'dead list', { apps: ['a.*'], json: true }],
  [['dead', 'show', 'app/0/high/17'], {}, 'dead show', { refs: [letter], json: false }],
  [['dead', 'retry', 'app/0/high/17'], {}, 'dead retry', { choice: { kind: 'some', refs: [letter] } }],
  [
    ['dead', 'drop', '--all', '--app', 'a'],
    { CARILLON_CONFIG: 'b.yaml' },
    'dead drop',
    { configPath: 'b.yaml', choice: { kind: 'all', apps: ['a'] } },
  ],
  [['top'], {}, 'top', { once: false, ops: [] }],
  [
    ['top', '--once', '--ops', 'http://10.0.0.5:9402', '--ops=https://ops.example.org/w/metrics'],
    {},
    'top',
    {
      once: true,
      ops: [new URL('http://10.0.0.5:9402/metrics'), new URL('https://ops.example.org/w/metrics')],
    },
  ],
])('%j with %j is %s', (args, environment, name, input) => {
  expect(read(args, environment)).toMatchObject({ name, input });
});

test.each<[args: readonly string[], beginsWith: string]>([
  [['--help'], 'carillon: a queue-backed'],
  [['-h'], 'carillon: a queue-backed'],
  [['help'], 'carillon: a queue-backed'],
  [['worker', '-h'], 'carillon worker: '],
  [['help', 'worker'], 'carillon worker: '],
  [['dead', 'retry', '--all', '--help'], 'carillon dead retry: '],
  [['help', 'apps', 'resume'], 'carillon apps resume: '],
  [['dead', '--help'], 'Usage: carillon dead '],
  [['help', 'apps'], 'Usage: carillon apps '],
])('%j is answered with its help', (args, text) => {
  expect(read(args)).toMatchObject({ kind: 'help', text: expect.stringMatching(`^${text}`) });
});

test.each([['--version'], ['-v']])('%s asks for the version', (word) => {
  expect(read([word])).toEqual({ kind: 'version' });
});

test('the help of a group tells of each of its actions', () => {
  const { text } = read(['dead', '--help']) as { readonly text: string };

  expect(text.match(/^ {2}\S+ \S+/gm)).toEqual(['  dead list', '  dead show', '  dead retry', '  dead drop']);
});

test.each<[args: readonly string[], message: string, cure: string]>([
  [[], 'A command is missing', '`carillon --help` lists the commands'],
  [['wroker'], 'There is no command wroker', 'did you mean worker?'],
  [['--config', 'x', 'apps'], '--config stands before the command', '`carillon apps --config …`'],
  [['--config=x', 'dead', 'list'], '--config stands before the command', '`carillon dead --config …`'],
  [['-c', 'x'], '-c stands before the command', '`carillon COMMAND -c …`'],
  [['migrate'], 'There is no command migrate', '`carillon --help` lists the commands'],
  [['help', 'chekc'], 'There is no command chekc', 'did you mean check?'],
  [['toString'], 'There is no command toString', '`carillon --help` lists the commands'],
  [['dead', 'retyr', 'x'], 'There is no dead retyr', 'did you mean retry?'],
  [['apps', 'delete', 'a'], 'There is no apps delete', 'apps takes one of list, pause, resume, drain'],
  [['ingress', '--confg', 'x'], 'ingress: there is no option --confg', 'did you mean --config?'],
  [['top', '--toString'], 'top: there is no option --toString', 'see `carillon top --help`'],
  [['dead', 'drop', '--al'], 'dead drop: there is no option --al', 'did you mean --all?'],
  [['dead', 'retry', '--all', '--json'], 'dead retry: there is no option --json', 'dead retry --help'],
  [['ingress', '--config'], 'ingress: --config needs its FILE', 'see `carillon ingress --help`'],
  [['ingress', '--config='], 'ingress: --config needs its FILE', ''],
  [['check', '--json=yes'], 'check: --json takes no value', 'leave out =yes'],
  [
    ['send', '--app', 'a', '--pushkey', '-k'],
    'send: it cannot be told whether -k is the KEY of --pushkey or an option',
    'write --pushkey=-k if it is the KEY',
  ],
  [['ingress', 'extra'], 'ingress: extra is one word too many', 'see `carillon ingress --help`'],
  [['worker', '--lane', 'hihg'], 'worker: --lane hihg is not one of calls, high, low', 'did you mean high?'],
  [['send', '--pushkey', 'k'], 'send: --app is missing', 'see `carillon send --help`'],
  [['send', '--app', 'a', '--pushkey', ''], 'send: --pushkey needs its KEY', ''],
  [
    ['send', '--app', 'a', '--pushkey', 'k', '--kind', 'ring'],
    'send: --kind ring is not one of message, call, badge',
    '',
  ],
  [['send', '--app', 'a', '--pushkey', 'k', '--data', '{'], 'send: --data is not JSON', 'single quotes'],
  [['send', '--app', 'a', '--pushkey', 'k', '--data', '[]'], 'send: --data is not a JSON object', ''],
  [
    ['send', '--app', 'a', '--pushkey', 'k', '--timeout', '9'],
    'send: --timeout 9 must be a duration such as 30s',
    '',
  ],
  [
    ['send', '--app', 'a', '--pushkey', 'k', '--timeout', '2h'],
    'send: --timeout 2h must be from 1s to 1h',
    '',
  ],
  [['apps', 'resume'], 'apps resume: give the name of one app', ''],
  [['apps', 'pause', 'a', '--until', 'soon'], 'apps pause: --until soon must be a duration', ''],
  [['apps', 'pause', 'a', '--lane', 'fast'], 'apps pause: --lane fast is not one of', ''],
  [['apps', 'pause', 'a', '--lane', 'calls', '--lane', 'low'], 'apps pause: --lane is given twice', ''],
  [['check', '-c', 'a', '--config', 'b'], 'check: --config is given twice', ''],
  [['apps', 'resume', 'a', 'b'], 'apps resume: give the name of one app', ''],
  [['dead', 'list', 'app/0/high/17'], 'dead list: app/0/high/17 is one word too many', ''],
  [['dead', 'show'], 'dead show: give the id of a dead letter', ''],
  [['dead', 'show', '17'], 'dead show: 17 is no id of a dead letter', '`carillon dead list` has them'],
  [['dead', 'retry'], 'dead retry: give ids of dead letters, or --all', ''],
  [['dead', 'drop', '--all', 'app/0/high/17'], 'dead drop: give ids of dead letters, or --all', ''],
  [['dead', 'drop', 'app/0/high/17', '--app', 'a'], 'dead drop: --app is only for --all', ''],
  [['top', '--ops', 'localhost:9402'], 'top: --ops localhost:9402 is no address such as', ''],
  [['trace'], 'trace: the event id is missing', 'a shell takes $… in double quotes'],
  [['trace', ''], 'trace: the event id is missing', ''],
  [['trace', '$a', 'b', 'c'], 'trace: give one event id, and at most one pushkey', 'quote what has blanks'],
])('%j: %s: %s', (args, message, cure) => {
  const parse = () => parseCommandLine(args, {});

  expect(parse).toThrow(OperatorError);
  expect(parse).toThrow(message);
  expect(parse).toThrow(expect.objectContaining({ exit: 'usage', cure: expect.stringContaining(cure) }));
});
