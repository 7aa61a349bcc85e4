/** One line of a metrics page. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * Reads a page in Prometheus' text format, version 0.0.4 (prometheus.io, "Exposition formats"): comments and types
 * are passed over, and so are the timestamps that a sample may have. Undefined for what is no such page.
 */
export function parsePrometheusText(text: string): readonly Sample[] | undefined {
  const samples: Sample[] = [];
  for (const line of text.split('\n')) {
    const plain = line.trim();
    if (plain === '' || plain.startsWith('#')) continue;
    const sample = parseSample(plain);
    if (sample === undefined) return undefined;
    samples.push(sample);
  }
  return samples;
}

const samplePattern = /^([a-zA-Z_:][\w:]*)[ \t]*(?:\{(.*)\})?[ \t]+([^ \t{}]+)(?:[ \t]+-?\d+)?$/;
const labelPattern = /[ \t]*([a-zA-Z_]\w*)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*(?:,|$)/y;

function parseSample(line: string): Sample | undefined {
  const [, name, labelText = '', valueText] = samplePattern.exec(line) ?? [];
  if (name === undefined || valueText === undefined) return undefined;
  const labels = parseLabels(labelText);
  const value = parseValue(valueText);
  return labels === undefined || value === undefined ? undefined : { name, labels, value };
}

function parseLabels(text: string): Readonly<Record<string, string>> | undefined {
  const labels: [string, string][] = [];
  labelPattern.lastIndex = 0;
  while (labelPattern.lastIndex < text.trimEnd().length) {
    const [, name, value] = labelPattern.exec(text) ?? [];
    if (name === undefined || value === undefined) return undefined;
    labels.push([name, value.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))]);
  }
  return Object.fromEntries(labels);
}

/** In any case: Go reads them so, and prom-client writes `Nan`. */
const words: Readonly<Record<string, number>> = {
  '+inf': Infinity,
  '-inf': -Infinity,
  inf: Infinity,
  nan: Number.NaN,
};

function parseValue(text: string): number | undefined {
  const word = text.toLowerCase();
  if (Object.hasOwn(words, word)) return words[word];
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}
