import { outcomeKinds, type OutcomeKind } from '@carillon/core';
import { markdownTable } from './markdown-table.ts';
import type { AnswerRow, DocumentedProvider } from './providers.ts';

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
  const blames = rows.some(({ kind }) => kind === 'misconfigured');
  return markdownTable(
    [
      'answer',
      '`reason`',
      'what it means',
      'what Carillon does',
      ...(blames ? ['speaks for'] : []),
      'sent',
      'log',
      'source',
    ],
    rows.map((row) => [
      row.answer,
      `\`${row.reason}\``,
      row.meaning,
      [...notice(row), ...before(row), action(row)].join('; '),
      ...(blames ? [row.speaksFor ?? 'registration'] : []),
      row.sent ? 'yes' : 'no',
      row.log,
      sourceLink(row.source, linkName),
    ]),
  );
}

function before({ resend, renewToken }: AnswerRow): readonly string[] {
  if (renewToken === true) return ['renews the access token and sends once more; if that gets the same'];
  if (resend === undefined) return [];
  return [`${resends[resend] ?? resend}; if that fails too`];
}

const resends: Readonly<Record<string, string>> = {
  at_once: 'sends once more at once',
  new_connection: 'sends once more on a new connection',
  new_token: 'signs a new provider token and sends once more on a new connection',
  older_token: 'goes back to the provider token before and sends once more on a new connection',
};

function action({ kind, suspect, later, cure }: AnswerRow): string {
  switch (kind) {
    case 'delivered':
      return 'done';
    case 'dead':
      return suspect === true
        ? 'suspects the pushkey ([suspects](#suspects-and-the-fuse))'
        : suspect === 'origin'
          ? 'suspects the pushkey, or its push service ([suspects](#suspects-and-the-fuse))'
          : 'rejects the pushkey from its next notify on';
    case 'refused':
      return 'drops the message';
    case 'later': {
      const pace =
        later === undefined
          ? ''
          : `, wait \`${later.backoff}\`${later.spendsAttempt ? '' : ', which does not grow'}`;
      return `tries again${pace}${cure === undefined ? '' : `. **Cure:** ${cure}`}`;
    }
    case 'misconfigured':
      return `parks the app ([parked apps](#parked-apps)). **Cure:** ${cure ?? 'see the provider’s documentation.'}`;
    default:
      return kind satisfies never;
  }
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
