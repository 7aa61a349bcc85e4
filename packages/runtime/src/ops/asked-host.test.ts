import { expect, test } from 'vitest';
import { createHostCheck } from './asked-host.ts';

test.each([
  [undefined, true],
  ['127.0.0.1:9401', true],
  ['10.1.2.3', true],
  ['[::1]:9401', true],
  ['[2001:db8::1]', true],
  ['localhost:9401', true],
  ['LOCALHOST.', true],
  ['carillon.localhost:9401', true],
  ['ingress:9401', true],
  ['metrics.example.org', true],
  ['Metrics.Example.org:9401', true],
  ['evil.example.com:9401', false],
  ['127.0.0.1.evil.example.com', false],
  ['localhost.evil.example.com', false],
  ['sub.metrics.example.org', false],
  ['', false],
  [':9401', false],
  ['[evil.example.com]', false],
  ['evil.example.com:80:80', false],
])('asked for as %s: %s', (host, expected) => {
  expect(createHostCheck(['metrics.example.org'])(host)).toBe(expected);
});
