import { lanes } from '@carillon/core';
import type { Change, ChangeResult } from '../source.ts';
import { hidden, type Page } from './frame.ts';
import { html, type Html } from './html.ts';

/** Asks before anything is changed. `fields` say the change, as `readChange` reads them. */
export function askPage(change: Change, fields: URLSearchParams, token: string): Page {
  const { question, follows, command } = wordsOf(change);
  return {
    title: question,
    body: html`<h1>${question}</h1>
      <p>${follows}</p>
      <form method="post" action="/change">
        ${hidden('token', token)} ${[...fields].map(([name, value]) => hidden(name, value))}
        <button class="strong">Yes, ${change.kind}</button>
        <a href="${backOf(change)}">No, leave it as it is</a>
      </form>
      <p class="command">On a terminal: <code>${command}</code></p>`,
  };
}

/** Says what it did. */
export function donePage(change: Change, { good, lines }: ChangeResult): Page {
  return {
    title: good ? 'Done' : 'Nothing was changed',
    body: html`<h1>${good ? 'Done' : 'Nothing was changed'}</h1>
      <div class="note ${good ? 'good' : 'bad'}" role="status">
        ${lines.map((line): Html => html`<p>${line}</p>`)}
      </div>
      <p><a href="${backOf(change)}">Back</a></p>`,
  };
}

/** Undefined for what no form of ours asks for. `pushkeyOf` knows the pushkey that a ticket stands for. */
export function readChange(
  fields: URLSearchParams,
  pushkeyOf: (ticket: string) => string | undefined,
): Change | undefined {
  const app = fields.get('app') ?? '';
  const id = fields.get('id') ?? '';
  switch (fields.get('kind') ?? '') {
    case 'pause': {
      const asked = fields.get('lane') ?? '';
      const lane = lanes.find((one) => one === asked);
      const text = fields.get('minutes') ?? '';
      const reason = (fields.get('reason') ?? '').trim();
      const isOurs =
        app !== '' &&
        (asked === '' || lane !== undefined) &&
        /^([1-9]\d{0,4})?$/.test(text) &&
        reason.length <= 200;
      if (!isOurs) return undefined;
      const minutes = text === '' ? undefined : Number(text);
      return { kind: 'pause', app, lane, minutes, reason: reason === '' ? undefined : reason };
    }
    case 'resume':
      return app === '' ? undefined : { kind: 'resume', app };
    case 'retry':
      return id === '' ? undefined : { kind: 'retry', id };
    case 'forget': {
      const pushkey = pushkeyOf(fields.get('ticket') ?? '');
      return pushkey === undefined ? undefined : { kind: 'forget', pushkey };
    }
    default:
      return undefined;
  }
}

function backOf(change: Change): string {
  if (change.kind === 'retry') return '/dead-letters';
  return change.kind === 'forget' ? '/push' : `/app?${new URLSearchParams({ name: change.app }).toString()}`;
}

interface ChangeWords {
  readonly question: string;
  readonly follows: string;
  readonly command: string;
}

function wordsOf(change: Change): ChangeWords {
  switch (change.kind) {
    case 'pause': {
      const { app, lane, minutes, reason } = change;
      const ends = minutes === undefined ? 'until it is resumed' : `for ${minutes} minutes`;
      const options = [
        ...(lane === undefined ? [] : [`--lane ${lane}`]),
        ...(minutes === undefined ? [] : [`--until ${minutes}m`]),
        ...(reason === undefined ? [] : [`--reason ${quoted(reason)}`]),
      ];
      return {
        question: `Pause ${lane === undefined ? 'all lanes' : `the lane ${lane}`} of ${app}?`,
        follows: `Nothing of that is sent ${ends}. What waits is kept until it expires: calls for seconds, messages for a day.`,
        command: ['carillon apps pause', quoted(app), ...options].join(' '),
      };
    }
    case 'resume':
      return {
        question: `Resume ${change.app}?`,
        follows:
          'It is no longer paused, parked or held, and its workers send again within a second. If the cause is not mended, they stop again.',
        command: `carillon apps resume ${quoted(change.app)}`,
      };
    case 'retry':
      return {
        question: `Retry ${change.id}?`,
        follows:
          'It goes back to the end of its queue. If it crashes its workers again, it is set aside again.',
        command: `carillon dead retry ${quoted(change.id)}`,
      };
    case 'forget':
      return {
        question: 'Forget that this pushkey was rejected?',
        follows:
          'What is told of it next is sent to its provider again. If it is dead, the provider says so, and it is rejected again.',
        command: 'carillon pushkeys forget PUSHKEY',
      };
    default:
      return change satisfies never;
  }
}

/** As a shell takes it for one word. */
function quoted(word: string): string {
  return /^[\w.@:/-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
