import { describe, expect, test } from 'vitest';
import { createFingerprint } from './fingerprint.ts';
import { createLog, type LogOptions } from './log.ts';

type Entry = Readonly<Record<string, unknown>>;

function setup(options: LogOptions = {}) {
  const lines: string[] = [];
  const { log, setLevel } = createLog({ destination: { write: (line) => lines.push(line) }, ...options });
  return {
    log,
    setLevel,
    lines,
    entry: (): Entry => JSON.parse(lines.at(-1) ?? '{}') as Entry,
  };
}

describe('the log', () => {
  test('writes a line of JSON with the time, the name of the level and the fields', () => {
    const { log, lines, entry } = setup();
    log.info({ app: 'com.example.app', count: 3 }, 'parked');
    expect(lines).toHaveLength(1);
    expect(entry()).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      app: 'com.example.app',
      count: 3,
      msg: 'parked',
    });
  });

  test('changes its level while it runs, for children that were made before too', () => {
    const { log, setLevel, lines } = setup({ level: 'warn' });
    const child = log.child({ part: 'worker' });
    const grandchild = child.child({ app: 'a' });
    for (const each of [log, child, grandchild]) each.info('too soon');
    expect(lines).toHaveLength(0);
    setLevel('info');
    for (const each of [log, child, grandchild]) each.info('now');
    expect(lines).toHaveLength(3);
    setLevel('silent');
    for (const each of [log, child, grandchild]) each.fatal('too late');
    expect(lines).toHaveLength(3);
  });

  test('is for eyes when asked: time of day, level, message, fields, and the stack below', () => {
    const { log, lines } = setup({ pretty: true });
    log.warn({ app: 'a', note: 'two words' }, 'parked');
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} WARN {2}parked app=a note="two words"\n$/);
    log.error({ err: new Error('lost') }, 'failed');
    expect(lines[1]).toMatch(/^\S+ ERROR failed\n {4}Error: lost\n {4} +at /);
  });
});

// Invariant 12.
describe('secrets', () => {
  test.for([
    'pushkey',
    'token',
    'authorization',
    'Proxy-Authorization',
    'content',
    'password',
    'access_token',
    'default_payload',
    'privateKey',
    'endpoint',
  ])('in a field named %s are not written, at any depth, nor in a list, nor by a child', (name) => {
    const { log, lines } = setup();
    log.info({ [name]: 'hunter2' }, 'plain');
    log.info({ request: { headers: { [name]: { deep: 'hunter2' } } } }, 'nested');
    log.info({ devices: [{ [name]: 'hunter2' }] }, 'in a list');
    log.child({ [name]: 'hunter2' }).info('of a child');
    log.error({ err: Object.assign(new Error('failed'), { config: { [name]: 'hunter2' } }) }, 'in an error');
    log.error({ err: new Error('failed', { cause: { [name]: 'hunter2' } }) }, 'in a cause');
    expect(lines).toHaveLength(6);
    expect(lines.join('')).not.toContain('hunter2');
    expect(lines[0]).toContain(`"${name}":"[redacted]"`);
  });

  test.for([
    ['connect ECONNREFUSED http://user:hunter2@proxy:3128/'],
    ['GET failed, Authorization: Bearer hunter2hunter2'],
    [
      'POST https://push.example.org/send/hunter2-hunter2-hunter2-hunter2-hunter2-hunter2-hunter2-hunter2 failed',
    ],
  ])('in a message or in the stack of an error are not written: %s', ([message]) => {
    const { log, lines } = setup();
    log.info(message);
    log.error({ err: new Error(message) }, 'failed');
    log.error(new Error(message));
    log.info({ text: message }, 'field');
    expect(lines).toHaveLength(4);
    expect(lines.join('')).not.toContain('hunter2');
    expect(lines.join('').match(/\[redacted\]/g)?.length).toBeGreaterThanOrEqual(4);
  });

  test('leave the rest of an entry readable', () => {
    const { log, entry } = setup();
    const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    log.error({ err: new AggregateError([cause], 'no address', { cause }), keyId: 'ABC', ms: 1.5 }, 'failed');
    expect(entry()).toMatchObject({
      keyId: 'ABC',
      ms: 1.5,
      err: {
        type: 'AggregateError',
        message: 'no address',
        cause: { message: 'refused', code: 'ECONNREFUSED' },
        errors: [{ message: 'refused' }],
      },
    });
  });

  test('are no reason to fail on what cannot be written: cycles, bytes, keys that objects inherit', () => {
    const { log, entry } = setup();
    const cycle: Record<string, unknown> = { name: 'a' };
    cycle['self'] = cycle;
    const parsed = JSON.parse('{"__proto__": {"x": 1}, "constructor": 2}') as object;
    log.info({ cycle, bytes: Buffer.from('hunter2'), parsed, nothing: undefined, none: null }, 'odd');
    expect(entry()).toMatchObject({ msg: 'odd', bytes: '[7 bytes]', none: null, cycle: { name: 'a' } });
    expect(JSON.stringify(entry())).toContain('[nested too deep]');
    expect(JSON.stringify(entry())).not.toContain('hunter2');
  });
});

describe('a fingerprint', () => {
  test('is the same for the same secret and key, short, and not the secret', () => {
    const key = Buffer.alloc(32, 1);
    const name = createFingerprint(key)('a pushkey');
    expect(name).toMatch(/^[\w-]{12}$/);
    expect(createFingerprint(Buffer.alloc(32, 1))('a pushkey')).toBe(name);
    expect(createFingerprint(key)('another pushkey')).not.toBe(name);
  });

  test('tells nobody without the key which secret it names', () => {
    expect(createFingerprint()('a pushkey')).not.toBe(createFingerprint()('a pushkey'));
  });
});
