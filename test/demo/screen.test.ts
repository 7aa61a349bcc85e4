import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createScreen } from './screen.ts';

function setup({ columns = 80, isTTY = false, coloured = false } = {}) {
  let written = '';
  const output = { columns, isTTY, write: (text: string) => (written += text) };
  const screen = createScreen(output, coloured);
  return { screen, text: () => written, lines: () => written.split('\n') };
}

const ring = {
  mark: 'good',
  who: "Bob → Alice's iPhone",
  text: '“Are you coming for lunch?”',
  end: '31 ms',
} as const;

function everything(screen: ReturnType<typeof createScreen>): void {
  screen.heading('Heading');
  screen.say(
    'A paragraph of some length that says what is to be seen in the lines which follow it, and why that is so.',
  );
  screen.event(ring);
  screen.event({
    mark: 'bad',
    who: 'worker 1',
    text: 'kill -9 after 100 messages, with about 5 in its hands',
  });
  screen.row('configuration', '/tmp/carillon.yaml');
  screen.progress('12 of 300 have rung · 3 on the queue · 1.2 s');
  screen.close();
}

describe('the screen of the demo', () => {
  it('writes no control character where there is no terminal', () => {
    const { screen, text } = setup();
    everything(screen);
    expect(text()).toBe(stripVTControlCharacters(text()));
    expect(text()).not.toContain('\r');
    expect(text()).not.toContain('12 of 300');
  });

  it('shows the same words in colour', () => {
    const plain = setup();
    const coloured = setup({ coloured: true });
    everything(plain.screen);
    everything(coloured.screen);
    expect(coloured.text()).not.toBe(plain.text());
    expect(stripVTControlCharacters(coloured.text())).toBe(plain.text());
  });

  it.each([40, 50, 60, 80, 100])('keeps within %i columns', (columns) => {
    const { screen, lines } = setup({ columns });
    everything(screen);
    expect(Math.max(...lines().map((line) => line.length))).toBeLessThanOrEqual(columns);
  });

  it('puts the time at the right end of the line', () => {
    const { screen, lines } = setup();
    screen.event(ring);
    expect(lines()[0]).toMatch(/^ {2}✓ Bob → Alice's iPhone {2}“Are you coming for lunch\?” +31 ms$/);
    expect(lines()[0]).toHaveLength(80);
  });

  it('leaves out no word of a long text', () => {
    const { screen, text } = setup({ columns: 50 });
    screen.event({
      ...ring,
      text: '“A message that is far longer than what fits into one line of this terminal”',
    });
    expect(text().replaceAll(/\s+/g, ' ')).toContain(
      'far longer than what fits into one line of this terminal” 31 ms',
    );
  });

  it('replaces its progress on a terminal, and takes it away at the end', () => {
    const { screen, text } = setup({ isTTY: true });
    screen.progress('one');
    screen.progress('two');
    screen.close();
    expect(text()).toBe('\r\u001B[2K  one\r\u001B[2K  two\r\u001B[2K');
  });
});
