import { parseArgs } from 'node:util';
import { print } from '../program.ts';
import { startFakeCollector } from './server.ts';

/**
 * The collector as a program, for benchmarks and for a look at one's own traces:
 *
 *   main.ts [--port 4318] [--print]
 *
 * Prints one line of JSON, `{"ready":true,"url":…}`, and with `--print` each span as one more. SIGTERM and SIGINT end it.
 */
const { values } = parseArgs({
  options: { port: { type: 'string', default: '0' }, print: { type: 'boolean', default: false } },
});

const collector = await startFakeCollector({
  port: Number(values.port),
  keeps: false,
  ...(values.print && { onSpan: print }),
});
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => void collector[Symbol.asyncDispose]()); // nothing is left to do after it
print({ ready: true, url: collector.url });
