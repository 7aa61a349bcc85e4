import { writeFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { print, takeOrders, wholeNumber } from '../program.ts';
import { startFakeFcm } from './server.ts';
import type { FcmAnswer } from './answers.ts';

/**
 * The fake FCM as a program:
 *
 *   node test/fakes/fcm/main.ts --dir DIR [--port N] [--latency-ms N] [--plain] [--print]
 *
 * Writes a service account file, its certificate authority and `fcm.json`, which names them, into DIR, and prints
 * the same JSON as one line when it is ready. With `--print`, one JSON line for each accepted message. Lines of
 * JSON on the standard input script a token:
 *
 *   {"token": "…", "answer": {"status": 404, "errorCode": "UNREGISTERED"}}     `answer: null`: it is fine again
 *   {"goaway": {}}    {"revokeAccessTokens": true}
 */
const { values } = parseArgs({
  options: {
    dir: { type: 'string' },
    port: { type: 'string', default: '0' },
    'latency-ms': { type: 'string', default: '0' },
    plain: { type: 'boolean', default: false },
    print: { type: 'boolean', default: false },
  },
});
if (values.dir === undefined) throw new Error('--dir DIR is missing: where the key file is written');
await mkdir(values.dir, { recursive: true });

const fcm = await startFakeFcm({
  port: wholeNumber('--port', values.port),
  latencyMs: wholeNumber('--latency-ms', values['latency-ms']),
  plain: values.plain,
  dir: values.dir,
  keep: false,
  ...(values.print && {
    onAccepted: ({ number, target, token, message }) => print({ accepted: number, [target]: token, message }),
  }),
});
const description = {
  url: fcm.url,
  project_id: fcm.projectId,
  service_account_file: fcm.serviceAccountFile,
  ...(fcm.caFile !== undefined && { caFile: fcm.caFile }),
};
await writeFile(join(values.dir, 'fcm.json'), `${JSON.stringify(description, null, 2)}\n`);

takeOrders(obey, () => fcm.close());
print({ ready: true, ...description });

interface ControlLine {
  readonly token?: string;
  readonly answer?: FcmAnswer | null;
  readonly goaway?: { readonly code?: number; readonly processed?: number };
  readonly revokeAccessTokens?: boolean;
}

function obey(line: ControlLine): void {
  if (typeof line.token === 'string') fcm.script(line.token, line.answer ?? undefined);
  if (line.goaway !== undefined) fcm.goaway(line.goaway);
  if (line.revokeAccessTokens === true) fcm.tokenEndpoint.revokeAll();
}
