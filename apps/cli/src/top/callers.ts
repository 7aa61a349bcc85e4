import { table, type Column } from '../terminal/table.ts';
import { plainText } from '../terminal/plain-text.ts';

/** One client address at one ingress or several, each a second. */
export interface CallerRate {
  readonly caller: string;
  readonly requests: number;
  readonly devices: number;
  readonly rejected: number;
  readonly failed: number;
}

const counted = ['requests', 'devices', 'rejected', 'failed'] as const;
const timeoutMs = 1_500;
const mostCallers = 50;

/** Reads who calls the ingresses among these processes, busiest first. Never rejects: the others have no such page. */
export async function readCallers(urls: readonly URL[]): Promise<readonly CallerRate[]> {
  const pages = await Promise.all(urls.map((url) => readPage(new URL('/callers', url))));
  const byCaller = Map.groupBy(pages.flat(), ({ caller }) => caller);
  const sums = [...byCaller].map(([caller, [first, ...others]]): CallerRate => {
    const sum = { caller, requests: 0, devices: 0, rejected: 0, failed: 0 };
    for (const one of first === undefined ? others : [first, ...others])
      for (const what of counted) sum[what] += one[what];
    return sum;
  });
  return sums.toSorted((a, b) => b.requests + b.devices - (a.requests + a.devices)).slice(0, mostCallers);
}

async function readPage(url: URL): Promise<readonly CallerRate[]> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    if (!answer.ok) return [];
    const { seconds, busiest } = (await answer.json()) as {
      readonly seconds: number;
      readonly busiest: readonly CallerRate[];
    };
    return busiest.map((one) => ({
      ...one,
      ...Object.fromEntries(counted.map((what) => [what, one[what] / Math.max(1, seconds)])),
    }));
  } catch {
    return []; // what is said of the metrics of the same process says it
  }
}

/** The lines of a table, as many as there is room for; none when nobody calls, or there is room for too little of it. */
export function callerLines(callers: readonly CallerRate[], room: number): readonly string[] {
  if (callers.length === 0 || room < leastRoom) return [];
  return ['', ...table(columns, callers.slice(0, room - 2))];
}

/** A blank line, the heads and three callers. */
const leastRoom = 5;

const rate = (head: string, what: (typeof counted)[number]): Column<CallerRate> => ({
  head,
  cell: (caller) => rateText(caller[what]),
  right: true,
});
const columns: readonly Column<CallerRate>[] = [
  { head: 'CALLER', cell: ({ caller }) => plainText(caller) },
  rate('REQUESTS/s', 'requests'),
  rate('DEVICES/s', 'devices'),
  rate('REJECTED/s', 'rejected'),
  rate('FAILED/s', 'failed'),
];

function rateText(perSecond: number): string {
  return perSecond === 0 || perSecond >= 100 ? String(Math.round(perSecond)) : perSecond.toFixed(1);
}
