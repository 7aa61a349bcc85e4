/** A label and the values that it may have: a closed set, or where the values of an open one come from. */
export interface Label<Value extends string | number = string | number> {
  readonly name: string;
  readonly values: readonly Value[] | string;
}

/** The values of a metric's labels, in their order. */
export type LabelValues<Labels extends readonly Label[]> = {
  -readonly [Index in keyof Labels]: Labels[Index] extends Label<infer Value> ? Value : never;
};

export interface Definition<Labels extends readonly Label[] = readonly Label[]> {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly name: string;
  readonly help: string;
  readonly labels: Labels;
  /** Upper bounds, of histograms only. */
  readonly buckets?: readonly number[];
}

/**
 * One series of a metric for each combination of label values. Asked for again it is the same object, so the
 * sender of a delivery pays for a few map look-ups, or for nothing if it keeps the series.
 */
export type Family<Labels extends readonly Label[], Series> = (...values: LabelValues<Labels>) => Series;

/** Series that a metric may have. An honest one stays far below; it is the ceiling that invariant 13 asks for. */
export const maxSeries = 5_000;

/** What takes the place of every label's value in the one series that gathers what is above `maxSeries`. */
export const overflowValue = '(too many)';

/** Remembers the series of a metric by their label values; `make` is called once for each. */
export function createFamily<Labels extends readonly Label[], Series>(
  labels: Labels,
  make: (labels: Readonly<Record<string, string | number>>) => Series,
): Family<Labels, Series> {
  interface Node {
    readonly next: Map<string | number, Node>;
    series?: Series;
  }
  const root: Node = { next: new Map() };
  let count = 0;
  let overflow: Series | undefined;

  const makeFor = (values: readonly (string | number)[]): Series =>
    make(Object.fromEntries(labels.map(({ name }, index) => [name, values[index] ?? ''])));

  return (...values) => {
    const path: readonly (string | number)[] = values;
    let node: Node | undefined = root;
    for (const value of path) {
      node = node.next.get(value);
      if (node === undefined) break;
    }
    if (node?.series !== undefined) return node.series;
    if (count >= maxSeries) return (overflow ??= makeFor(labels.map(() => overflowValue)));
    count += 1;
    return (nodeAt(path).series = makeFor(path));
  };

  function nodeAt(path: readonly (string | number)[]): Node {
    let node = root;
    for (const value of path) {
      const next: Node = node.next.get(value) ?? { next: new Map() };
      node.next.set(value, next);
      node = next;
    }
    return node;
  }
}
