import { afterAll, beforeAll, expect, test } from 'vitest';
import { iosApp, iosPushkey, startInstallation, type Installation } from '../installation/installation.ts';
import { head, talk } from '../installation/raw-http.ts';

const path = '/_matrix/push/v1/notify';
let installation: Installation;
let url: string;

beforeAll(async () => {
  installation = await startInstallation({ print: false });
  ({ url } = await installation.startIngress());
});
afterAll(() => installation[Symbol.asyncDispose]());

const device = { app_id: iosApp, pushkey: iosPushkey(1) };
const good = JSON.stringify({ notification: { devices: [device] } });

async function post(body: string | Buffer<ArrayBuffer>, headers: Record<string, string> = {}) {
  const response = await fetch(url + path, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

test.each<[string, string | Buffer<ArrayBuffer>, string]>([
  ['nothing', '', 'M_NOT_JSON'],
  ['a word', 'hello', 'M_NOT_JSON'],
  ['two values', '{}{}', 'M_NOT_JSON'],
  ['a byte order mark', `\uFEFF${good}`, 'M_NOT_JSON'],
  ['no UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'M_NOT_JSON'],
  ['an overlong encoding', Buffer.from([0x22, 0xc0, 0xaf, 0x22]), 'M_NOT_JSON'],
  ['an encoded surrogate', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), 'M_NOT_JSON'],
  ['an unclosed nesting', '['.repeat(200_000), 'M_NOT_JSON'],
  ['a closed nesting', nested(100_000), 'M_BAD_JSON'],
  ['null', 'null', 'M_BAD_JSON'],
  ['an empty object', '{}', 'M_MISSING_PARAM'],
  ['a notification in a prototype', `{"__proto__":${good}}`, 'M_MISSING_PARAM'],
  ['a device in a prototype', `{"notification":{"devices":[{"__proto__":{}}]}}`, 'M_MISSING_PARAM'],
  ['devices as an object', '{"notification":{"devices":{}}}', 'M_BAD_JSON'],
  ['a device as a list', '{"notification":{"devices":[[]]}}', 'M_BAD_JSON'],
  ['a pushkey as a number', `{"notification":{"devices":[{"app_id":"a","pushkey":1}]}}`, 'M_BAD_JSON'],
])('a body of %s is a 400 that quotes nothing of it', async (_name, body, errcode) => {
  const answer = await post(body);
  expect(answer).toEqual({ status: 400, body: { errcode, error: expect.any(String) as string } });
  expect(String(answer.body['error']).length).toBeLessThan(100);
});

const oddValues = [null, 0, -1, 1.5, '', 'x', '\u0000', '\uD800', true, [], {}, [[]], 1e308];
const fields =
  'event_id id room_id type sender sender_display_name room_name room_alias user_is_target membership prio content counts';

test.each(fields.split(' '))('a `%s` of any type is accepted', async (field) => {
  for (const value of oddValues) {
    const notify = { notification: { devices: [device], [field]: value } };
    expect(await post(JSON.stringify(notify))).toEqual({ status: 200, body: { rejected: [] } });
  }
});

test.each(['data', 'tweaks', 'pushkey_ts', 'unheard_of'])(
  'a device with `%s` of any type is accepted',
  async (field) => {
    for (const value of oddValues) {
      const notify = { notification: { devices: [{ ...device, [field]: value }] } };
      expect(await post(JSON.stringify(notify))).toEqual({ status: 200, body: { rejected: [] } });
    }
  },
);

test.each([
  ['nests 100,000 lists', nested(100_000)],
  ['names a prototype', '{"__proto__":{"a":1},"constructor":1,"toString":null,"then":1,"toJSON":1}'],
  ['is more than a number can be', '1e400'],
  ['has 20,000 keys', `{${Array.from({ length: 20_000 }, (_, i) => `"k${i}":1`).join(',')}}`],
])('content that %s is accepted', async (_name, content) => {
  const devices = JSON.stringify([device]);
  const answer = await post(`{"notification":{"content":${content},"devices":${devices}}}`);
  expect(answer).toEqual({ status: 200, body: { rejected: [] } });
});

test.each([
  ['text/plain', 200],
  ['garbage', 200],
  ['application/json; charset=utf-16', 200],
])('a content type of %s is read as JSON', async (type, status) => {
  expect((await post(good, { 'content-type': type })).status).toBe(status);
});

test.each([
  [
    'a method that the path does not take',
    head(`PUT ${path} HTTP/1.1`, ['Host: a', 'Connection: close']),
    405,
    'M_UNRECOGNIZED',
  ],
  ['TRACE', head(`TRACE ${path} HTTP/1.1`, ['Host: a', 'Connection: close']), 405, 'M_UNRECOGNIZED'],
  ['OPTIONS *', head('OPTIONS * HTTP/1.1', ['Host: a', 'Connection: close']), 404, 'M_UNRECOGNIZED'],
  [
    'a path that is no URL',
    head('GET /%zz HTTP/1.1', ['Host: a', 'Connection: close']),
    404,
    'M_UNRECOGNIZED',
  ],
  ['a preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400, 'M_UNKNOWN'],
  ['a TLS hello', Buffer.from('16030100a5010000a10303', 'hex'), 400, 'M_UNKNOWN'],
  [
    'a head of 20 kB',
    head('GET /health HTTP/1.1', ['Host: a', `X: ${'a'.repeat(20_000)}`]),
    431,
    'M_TOO_LARGE',
  ],
  [
    'two lengths',
    head(`POST ${path} HTTP/1.1`, ['Host: a', 'Content-Length: 3', 'Content-Length: 4']),
    400,
    'M_UNKNOWN',
  ],
  [
    'length and chunks',
    head(`POST ${path} HTTP/1.1`, ['Host: a', 'Content-Length: 3', 'Transfer-Encoding: chunked']),
    400,
    'M_UNKNOWN',
  ],
  [
    'a bad chunk',
    `${head(`POST ${path} HTTP/1.1`, ['Host: a', 'Transfer-Encoding: chunked'])}zz\r\n`,
    400,
    'M_UNKNOWN',
  ],
  [
    'a terabyte announced',
    head(`POST ${path} HTTP/1.1`, ['Host: a', 'Content-Length: 1000000000000']),
    413,
    'M_TOO_LARGE',
  ],
])('%s is answered with a Matrix error', async (_name, bytes, status, errcode) => {
  const [answer] = await talk(url, bytes);
  expect(answer?.status).toBe(status);
  expect(JSON.parse(answer?.body ?? '')).toEqual({ errcode, error: expect.any(String) as string });
});

test('requests in one breath are answered one by one, whatever is wrong with some', async () => {
  const body = (line: string, text: string, ...more: string[]): string =>
    head(line, ['Host: a', `Content-Length: ${Buffer.byteLength(text)}`, ...more]) + text;
  const line = `POST ${path} HTTP/1.1`;
  const answers = await talk(
    url,
    body(line, 'x') +
      body('POST /nope HTTP/1.1', good) +
      body(`PUT ${path} HTTP/1.1`, good) +
      body(line, good, 'Content-Encoding: gzip') +
      body(line, good, 'Connection: close'),
  );
  expect(answers.map(({ status }) => status)).toEqual([400, 404, 405, 415, 200]);
});
