import { outcomeKinds, type OutcomeKind } from '@carillon/core';
import type { AnswerRow, Resend } from '@carillon/sending';
import { markdownTable } from './markdown-table.ts';
import type { DocumentedProvider } from './providers.ts';

const headings: Readonly<Record<OutcomeKind, string>> = {
  delivered: '`delivered`: the message was taken',
  dead: '`dead`: the pushkey will never work again',
  refused: '`refused`: this message will never be taken',
  later: '`later`: a passing fault',
  misconfigured: '`misconfigured`: our credentials or set-up',
};

/** Every answer of every provider, and what Carillon does about it, by outcome. */
export function outcomeTables(providers: readonly DocumentedProvider[]): string {
  return providers.flatMap(section).join('\n');
}

function section({ title, answers }: DocumentedProvider): readonly string[] {
  const sources = [...new Set(answers.map(({ source }) => source).filter((source) => URL.canParse(source)))];
  // Links by number keep the tables readable as text.
  const linkName = (source: string) => `${title.toLowerCase()}-${sources.indexOf(source) + 1}`;
  return [
    `## Answers of ${title}\n`,
    ...outcomeKinds.flatMap((kind) => {
      const rows = answers.filter((row) => row.kind === kind);
      return rows.length === 0 ? [] : [`### ${title}, ${headings[kind]}\n`, table(rows, linkName)];
    }),
    ...sources.map((source) => `[${linkName(source)}]: ${source}`),
    '',
  ];
}

function table(rows: readonly AnswerRow[], linkName: (source: string) => string): string {
  const speaksFor = rows.some(({ kind }) => kind === 'misconfigured') ? ['speaks for'] : [];
  return markdownTable(
    ['answer', '`reason`', 'what it means', 'what Carillon does', ...speaksFor, 'sent', 'log', 'source'],
    rows.map((row) => [
      row.answer,
      `\`${row.reason}\``,
      row.meaning,
      [...notice(row), ...before(row), action(row)].join('; '),
      ...('speaksFor' in row ? [row.speaksFor] : []),
      row.sent ? 'yes' : 'no',
      row.log,
      sourceLink(row.source, linkName),
    ]),
  );
}

function before({ resend }: AnswerRow): readonly string[] {
  return resend === undefined ? [] : [`${resends[resend]}; if that fails too`];
}

const resends: Readonly<Record<Resend, string>> = {
  at_once: 'sends once more at once',
  new_connection: 'sends once more on a new connection',
  new_token: 'gets a new token of ours and sends once more',
  older_token: 'goes back to the provider token before and sends once more on a new connection',
};

function action(row: AnswerRow): string {
  switch (row.kind) {
    case 'delivered':
      return 'done';
    case 'dead':
      return suspicions[String(row.suspect)] ?? '';
    case 'refused':
      return 'drops the message';
    case 'later': {
      const pace = row.later.spendsTry ? '' : ', which does not grow';
      return `tries again, wait \`${row.later.backoff}\`${pace}${cureOf(row)}`;
    }
    case 'misconfigured':
      return `parks the app ([parked apps](#parked-apps))${cureOf(row)}`;
    default:
      return row satisfies never;
  }
}

const suspicions: Readonly<Record<string, string>> = {
  true: 'suspects the pushkey ([suspects](#suspects-and-the-fuse))',
  origin: 'suspects the pushkey, or its push service ([suspects](#suspects-and-the-fuse))',
  false: 'rejects the pushkey from its next notify on',
};

function cureOf({ cure }: { readonly cure?: string }): string {
  return cure === undefined ? '' : `. **Cure:** ${cure}`;
}

function notice({ unknown }: AnswerRow): readonly string[] {
  return unknown === true ? ['counts it in `carillon_unknown_answers_total`'] : [];
}

const publishers: Readonly<Record<string, string>> = {
  'developer.apple.com': 'Apple',
  'firebase.google.com': 'Google',
  'developers.google.com': 'Google',
  'www.rfc-editor.org': 'RFC',
};

/** Empty for what is Carillon's own decision. */
function sourceLink(source: string, linkName: (source: string) => string): string {
  if (!URL.canParse(source)) return '';
  const { hostname } = new URL(source);
  return `[${publishers[hostname] ?? hostname}][${linkName(source)}]`;
}
