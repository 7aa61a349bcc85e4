import { stripVTControlCharacters, styleText } from 'node:util';

/** Where the demo writes: colours, widths and a moving line of progress only where there is a terminal. */
export interface Screen {
  heading(text: string): void;
  /** A paragraph, broken at the width of the terminal. */
  say(text: string): void;
  /** As it is, without a break: for what is to be copied. */
  plain(text: string): void;
  /** One thing that happened: who or what, in words, and how long it took. */
  event(event: ScreenEvent): void;
  /** A name and its value, as one row of a table. */
  row(name: string, value: string): void;
  /** Replaces itself on a terminal; elsewhere not shown. The next other line takes its place. */
  progress(text: string): void;
  /** Takes the progress away, so that the shell's prompt gets a line of its own. */
  close(): void;
}

export interface ScreenEvent {
  readonly mark: keyof typeof marks;
  readonly who: string;
  readonly text: string;
  /** Right-aligned, such as a time. */
  readonly end?: string;
}

/** What is written to: standard output. */
export interface Output {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

const marks = { good: ['✓', 'green'], bad: ['✗', 'red'], news: ['·', 'cyan'] } as const;
const indent = '  ';
/** Lines longer than that are hard to read, and shorter than that nothing fits. */
const widest = 100;
const narrowest = 40;
const nameWidth = 24;
const whoWidth = 21;

export function createScreen(output: Output, coloured: boolean): Screen {
  let progressShown = false;

  const style = (format: Parameters<typeof styleText>[0], text: string): string =>
    coloured && text !== '' ? styleText(format, text, { validateStream: false }) : text;
  const width = (): number => Math.min(Math.max(output.columns ?? 80, narrowest), widest);

  function write(line: string): void {
    close();
    output.write(`${line}\n`);
  }

  function close(): void {
    if (progressShown) output.write('\r\u001B[2K');
    progressShown = false;
  }

  return {
    close,
    heading(text) {
      write('');
      for (const line of wrap(text, width())) write(style('bold', line));
    },
    say(text) {
      for (const line of wrap(text, width() - indent.length)) write(style('dim', indent + line));
    },
    plain: write,
    event({ mark, who, text, end = '' }) {
      const [sign, colour] = marks[mark];
      const start = `${indent}${style(colour, sign)} ${who.padEnd(whoWidth)} `;
      const tail = end === '' ? '' : style('bold', end);
      const room = width() - plainLength(start) - (end === '' ? 0 : end.length + 2);
      if (text.length <= room) {
        write(end === '' ? start + text : `${start}${text.padEnd(room)}  ${tail}`);
        return;
      }
      write(start.trimEnd());
      const lines = wrap(text, width() - 2 * indent.length);
      const last = lines.at(-1) ?? '';
      const hasRoom = 2 * indent.length + last.length + 2 + end.length <= width();
      for (const line of lines.slice(0, -1)) write(indent + indent + line);
      write(`${indent}${indent}${last}${hasRoom && end !== '' ? `  ${tail}` : ''}`);
      if (!hasRoom) write(indent + indent + tail);
    },
    row(name, value) {
      if (nameWidth + value.length + indent.length <= width()) {
        write(`${indent}${style('dim', name.padEnd(nameWidth))}${value}`);
        return;
      }
      write(indent + style('dim', name));
      write(indent + indent + value);
    },
    progress(text) {
      if (output.isTTY !== true) return;
      // One column less: a full line would wrap, and could not be taken back.
      output.write(`\r\u001B[2K${style('dim', indent + cut(text, width() - indent.length - 1))}`);
      progressShown = true;
    },
  };
}

function plainLength(text: string): number {
  return stripVTControlCharacters(text).length;
}

function cut(text: string, room: number): string {
  return text.length <= room ? text : `${text.slice(0, room - 1)}…`;
}

/** Breaks at blanks; a word longer than the line keeps a line to itself. */
function wrap(text: string, room: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
