import { expect, test } from 'vitest';
import { createAppMatcher } from './app-match.ts';

const app = (name: string) => ({ name });
const matcher = (...names: string[]) => createAppMatcher(names.map(app));

test('an exact name wins over globs', () => {
  expect(matcher('com.*', 'com.example').match('com.example')).toEqual({
    kind: 'found',
    app: app('com.example'),
  });
});

test('a glob takes what it matches as a whole', () => {
  const { match } = matcher('com.example.*', 'org.?');
  expect(match('com.example.ios')).toMatchObject({ app: app('com.example.*') });
  expect(match('com.example.')).toMatchObject({ app: app('com.example.*') });
  expect(match('org.x')).toMatchObject({ app: app('org.?') });
  for (const appId of ['com.example', 'xcom.example.ios', 'org.', 'org.xy', ''])
    expect(match(appId)).toEqual({ kind: 'unknown' });
});

test('two globs that match are ambiguous, each time it is asked', () => {
  const { match } = matcher('com.*', '*.ios');
  expect([match('com.ios'), match('com.ios')]).toEqual([{ kind: 'ambiguous' }, { kind: 'ambiguous' }]);
});

test('names that JavaScript knows, and signs of regular expressions, are nothing special', () => {
  const { match } = matcher('a.b', 'x(y)*');
  for (const appId of ['constructor', '__proto__', 'toString', 'aXb'])
    expect(match(appId)).toEqual({ kind: 'unknown' });
  expect(match('x(y)z')).toMatchObject({ kind: 'found' });
});
