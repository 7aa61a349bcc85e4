import { styleText } from 'node:util';

const colours = {
  trace: 'gray',
  debug: 'gray',
  info: 'green',
  warn: 'yellow',
  error: 'red',
  fatal: 'magenta',
} as const;

/** Turns a line of the JSON log into one for eyes: time of day, level, message, fields, stack below. */
export function prettyLine(line: string): string {
  const { time, level, msg, err, ...fields } = JSON.parse(line) as Readonly<Record<string, unknown>>;
  const label = String(level);
  const clock = String(time).slice(11, 23);
  const colour = label in colours ? colours[label as keyof typeof colours] : 'white';
  const rest = Object.entries(fields).map(([name, value]) => `${name}=${fieldText(value)}`);
  const head = [
    styleText('gray', clock),
    styleText(colour, label.toUpperCase().padEnd(5)),
    ...(typeof msg === 'string' ? [msg] : []),
    ...(rest.length === 0 ? [] : [styleText('gray', rest.join(' '))]),
  ];
  return `${head.join(' ')}\n${err === undefined ? '' : `${stackText(err)}\n`}`;
}

function fieldText(value: unknown): string {
  return typeof value === 'string' && /^\S+$/.test(value) ? value : JSON.stringify(value);
}

function stackText(err: unknown): string {
  const described =
    typeof err === 'object' && err !== null && 'stack' in err ? err.stack : JSON.stringify(err);
  return String(described).replace(/^/gm, '    ');
}
