export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => string;
  /** Numbers stand on the right; default: left. */
  readonly right?: boolean;
}

/** Lines of text in columns as wide as what is in them, the heads first. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): readonly string[] {
  const lines = [columns.map(({ head }) => head), ...rows.map((row) => columns.map(({ cell }) => cell(row)))];
  const widths = columns.map((_, index) => Math.max(...lines.map((cells) => lengthOf(cells[index] ?? ''))));
  return lines.map((cells) =>
    cells
      .map((cell, index) => {
        const padding = ' '.repeat((widths[index] ?? 0) - lengthOf(cell));
        return columns[index]?.right === true ? padding + cell : cell + padding;
      })
      .join('  ')
      .trimEnd(),
  );
}

/** In characters as people count them, not UTF-16 units. */
export function lengthOf(text: string): number {
  return charactersOf(text).length;
}

/** The text, or as much of it as fits, with an ellipsis. */
export function cutTo(width: number, text: string): string {
  const characters = charactersOf(text);
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`;
}

/** The same with the end kept: what tells apart names that begin alike. */
export function cutFront(width: number, text: string): string {
  const characters = charactersOf(text);
  return characters.length <= width ? text : `…${characters.slice(1 - width).join('')}`;
}

function charactersOf(text: string): readonly string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
