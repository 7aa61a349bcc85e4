import type { ReadStream, WriteStream } from 'node:tty';

/** A whole terminal for the time of a command, given back as it was. */
export interface Screen extends Disposable {
  show(lines: readonly string[]): void;
}

export interface ScreenOptions {
  readonly output: WriteStream;
  readonly input: ReadStream;
  /** Ctrl-C or `q` was pressed. */
  readonly quit: () => void;
  /** The terminal has another size now. */
  readonly resized: () => void;
}

const alternateScreen = '\u001B[?1049h\u001B[?25l';
const backToNormal = '\u001B[?25h\u001B[?1049l';
/** What a raw terminal sends in place of a SIGINT. */
const ctrlC = 3;
const home = '\u001B[H';
const eraseToLineEnd = '\u001B[K';
const eraseBelow = '\u001B[J';

export function openScreen({ output, input, quit, resized }: ScreenOptions): Screen {
  const onKeys = (keys: Buffer): void => {
    if (keys.includes(ctrlC) || keys.includes('q') || keys.includes('Q')) quit();
  };
  const restore = (): void => void output.write(backToNormal);

  output.write(alternateScreen);
  output.on('resize', resized);
  process.once('exit', restore); // also when something else ends the process
  if (input.isTTY) {
    input.setRawMode(true);
    input.on('data', onKeys);
  }

  return {
    show(lines) {
      output.write(`${home}${lines.map((line) => line + eraseToLineEnd).join('\r\n')}${eraseBelow}`);
    },
    [Symbol.dispose]() {
      process.off('exit', restore);
      output.off('resize', resized);
      if (input.isTTY) {
        input.off('data', onKeys);
        input.setRawMode(false);
        input.pause();
      }
      restore();
    },
  };
}
