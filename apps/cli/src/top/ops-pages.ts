import type { Config } from '@carillon/runtime';
import { parsePrometheusText, type Sample } from './prometheus-text.ts';

/** The metrics page of one process at one moment. */
export interface OpsPage {
  /** Host and port of the listener. */
  readonly host: string;
  /** Names the process: `carillon start` serves one page at two addresses. */
  readonly processId: string;
  /** Monotonic milliseconds. */
  readonly at: number;
  readonly samples: readonly Sample[];
}

export interface OpsReading {
  /** One for each process. */
  readonly pages: readonly OpsPage[];
  /** Addresses that gave no metrics, with the reason. */
  readonly silent: readonly string[];
}

/** A page is made within milliseconds; who takes longer is not waited for. */
const timeoutMs = 1_500;

/** Where the processes of this configuration serve their metrics, as seen from the machine they run on. */
export function configuredPages({ ingress, worker }: Config): readonly URL[] {
  return [ingress.opsListen, worker.opsListen].flatMap(({ host, port }) => {
    if (port === 0) return []; // chosen by the system: only the log knows it
    const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
    return new URL(`http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}/metrics`);
  });
}

/** Reads all pages at once. Never rejects. */
export async function readOpsPages(urls: readonly URL[]): Promise<OpsReading> {
  const answers = await Promise.all(urls.map(readPage));
  const pages = new Map<string, OpsPage>();
  const silent: string[] = [];
  for (const answer of answers) {
    if (typeof answer === 'string') silent.push(answer);
    else pages.set(answer.processId, answer);
  }
  return { pages: [...pages.values()], silent };
}

async function readPage(url: URL): Promise<OpsPage | string> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    const text = await answer.text();
    if (!answer.ok) return `${url.host}: answers ${answer.status}`;
    const samples = parsePrometheusText(text);
    if (samples === undefined) return `${url.host}: is no page of metrics`;
    const processId = answer.headers.get('carillon-process') ?? url.href;
    return { host: url.host, processId, at: performance.now(), samples };
  } catch (error) {
    return `${url.host}: ${reasonOf(error)}`;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no answer';
  if (error.name === 'TimeoutError') return 'no answer in time';
  const { cause } = error;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'no answer';
}
