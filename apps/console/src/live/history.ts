import { sendEnds, type Flow, type Now } from '../source.ts';

/** What went on in the last hour, for the charts. A process that starts knows nothing of the time before. */
export interface History {
  add(now: Now): void;
  /** Of an app, or without one of all together; only what is younger than `after`, in milliseconds since 1970. */
  since(app: string | undefined, after: number): Readonly<Record<string, readonly (number | null)[]>>;
}

export const sampleMs = 10_000;
const samples = 360;
const seriesNames = ['arrives', ...sendEnds, 'p50', 'p99', 'waiting'] as const;

interface Sample {
  readonly at: number;
  readonly total: Flow;
  /** As many as the configuration has. */
  readonly apps: ReadonlyMap<string, Flow>;
}

export function createHistory(): History {
  let kept: readonly Sample[] = [];
  return {
    add({ at, total, apps }) {
      const last = kept.at(-1)?.at ?? 0;
      // Readings come more often while somebody watches.
      if (at - last < sampleMs * 0.95) return;
      kept = [
        ...kept.slice(1 - samples),
        { at, total, apps: new Map(apps.map(({ name, flow }) => [name, flow])) },
      ];
    },
    since(app, after) {
      const wanted = kept.filter(({ at }) => at > after);
      const flows = wanted.map(({ total, apps }) => (app === undefined ? total : apps.get(app)));
      return {
        at: wanted.map(({ at }) => at),
        ...Object.fromEntries(
          seriesNames.map((name) => [name, flows.map((flow) => shortened(valueOf(flow, name)))]),
        ),
      };
    },
  };
}

function valueOf(flow: Flow | undefined, name: (typeof seriesNames)[number]): number | undefined {
  if (name === 'arrives' || name === 'p50' || name === 'p99' || name === 'waiting') return flow?.[name];
  return flow?.sends?.[name];
}

/** Three digits are more than a chart shows. */
function shortened(value: number | undefined): number | null {
  return value === undefined ? null : Number(value.toPrecision(3));
}
