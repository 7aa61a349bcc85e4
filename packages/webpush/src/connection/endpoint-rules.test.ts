import { expect, test } from 'vitest';
import { createEndpointRules } from './endpoint-rules.ts';
import { pushServices } from './services.ts';

function matchOf(allowed: readonly string[], url: string): string {
  const match = createEndpointRules(allowed).match(new URL(url));
  return match === undefined ? 'no' : `${match.service.name}${match.named ? ', named' : ''}`;
}

test.each([
  [['push.example.com'], 'https://push.example.com/x', 'other, named'],
  [['push.example.com'], 'https://push.example.com:443/x', 'other, named'],
  [['PUSH.example.com'], 'https://Push.Example.com/x', 'other, named'],
  [['push.example.com'], 'https://push.example.com:8443/x', 'no'],
  [['push.example.com:8443'], 'https://push.example.com:8443/x', 'other, named'],
  [['push.example.com:8443'], 'https://push.example.com/x', 'no'],
  [['push.example.com:*'], 'https://push.example.com:1/x', 'other, named'],
  [['*.example.com'], 'https://a.b.example.com/x', 'other, named'],
  [['*.example.com'], 'https://example.com/x', 'no'],
  [['*.example.com'], 'https://evilexample.com/x', 'no'],
  [['*.com'], 'https://example.com/x', 'other'],
  [['*'], 'https://example.com/x', 'other'],
  [['*', 'example.com'], 'https://example.com/x', 'other, named'],
  [['push-*.example.com'], 'https://push-1.example.com/x', 'other'],
  [['[::1]:8443'], 'https://[::1]:8443/x', 'other, named'],
  [['localhost:8443'], 'https://localhost:8443/x', 'other, named'],
])('%j and %s: %s', (allowed, url, expected) => {
  expect(matchOf(allowed, url)).toBe(expected);
});

test('knows the push services by their hosts', () => {
  const hosts = pushServices.flatMap((service) => service.hosts);
  expect(
    [
      'https://updates.push.services.mozilla.com/wpush/v2/x',
      'https://fcm.googleapis.com/fcm/send/x',
      'https://db5p.notify.windows.com/w/?token=x',
      'https://web.push.apple.com/x',
    ].map((url) => matchOf(hosts, url)),
  ).toEqual(['mozilla, named', 'google, named', 'microsoft, named', 'apple, named']);
});
