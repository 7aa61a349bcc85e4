import type { Reply } from '@carillon/queue';
import { expect, test } from 'vitest';
import { createNarrator, tellReply } from './narrator.ts';

const told = (reply: Reply): string => {
  let text = '';
  tellReply(createNarrator({ write: (line) => (text += line) }, false).tell, reply);
  return text.replace(/ +\d+ ms {2}/, ' ').trimEnd();
};

test.each<[Reply, string]>([
  [
    { rejected: false, final: true, outcome: { kind: 'dead', reason: 'BadDeviceToken' } },
    '✗ dead: BadDeviceToken. Not recorded: it may be our topic, key or platform',
  ],
  [
    { rejected: false, final: false, outcome: { kind: 'dead', reason: 'pushkey_malformed' } },
    '✗ dead: pushkey_malformed. Not sent: no pushkey of this app looks like that',
  ],
  [
    { rejected: false, final: true, outcome: { kind: 'refused', reason: 'PayloadTooLarge' } },
    '✗ refused: PayloadTooLarge. The pushkey is fine',
  ],
  [
    { rejected: false, final: false, outcome: { kind: 'later', reason: 'timeout' } },
    '! later: timeout. It is tried again',
  ],
  [
    { rejected: false, final: true, outcome: { kind: 'later', reason: 'timeout' } },
    '✗ later: timeout. Given up',
  ],
  [
    { rejected: false, final: true, outcome: { kind: 'misconfigured', reason: 'BadTopic', cure: 'mend it' } },
    '✗ misconfigured: BadTopic: mend it',
  ],
  [{ rejected: true, final: true }, '✗ not sent: the pushkey was found dead meanwhile'],
  [{ rejected: false, final: true }, '✗ not sent: it expired before'],
])('%j', (reply, line) => {
  expect(told(reply)).toContain(line);
});
