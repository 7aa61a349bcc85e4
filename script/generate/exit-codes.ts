import { exits } from '@carillon/runtime';
import { markdownTable } from './markdown-table.ts';

export function exitCodes(): string {
  return markdownTable(
    ['code', 'meaning'],
    [
      ...Object.values(exits).map(({ code, meaning }) => [`\`${code}\``, meaning]),
      ['`130`, `143`', 'Ended at once by a second SIGINT or SIGTERM.'],
    ],
  );
}
