import { styleText } from 'node:util';

/** Whether a stream is a terminal that shows colours; NO_COLOR, NODE_DISABLE_COLORS and FORCE_COLOR decide otherwise. */
export function hasColours(stream: NodeJS.WritableStream): boolean {
  return styleText('bold', 'x', { stream }) !== 'x';
}

export type Style = Parameters<typeof styleText>[0];

/** The text in this style, where colours are wanted. */
export function paint(style: Style, text: string, coloured: boolean): string {
  return coloured && text !== '' ? styleText(style, text, { validateStream: false }) : text;
}

const marks = {
  good: ['✓', 'green'],
  warning: ['!', 'yellow'],
  bad: ['✗', 'red'],
  waiting: ['…', 'yellow'],
  unknown: ['?', 'yellow'],
  news: ['·', 'cyan'],
} as const satisfies Readonly<Record<string, readonly [string, Style]>>;

export type Mark = keyof typeof marks;

/** The sign that a line begins with, the same in all commands. */
export function markOf(mark: Mark, coloured: boolean): string {
  const [sign, colour] = marks[mark];
  return paint(colour, sign, coloured);
}
