import { OperatorError } from '@carillon/runtime';
import type { ServerResponse } from 'node:http';
import { createTickets } from './access/tickets.ts';
import type { Visitor } from './access/visitor.ts';
import type { Watch } from './live/watch.ts';
import { appPage, appRegions } from './pages/app.ts';
import { callersPage } from './pages/callers.ts';
import { askPage, donePage, readChange } from './pages/change.ts';
import { credentialsPage } from './pages/credentials.ts';
import { deadLettersPage } from './pages/dead-letters.ts';
import type { Page } from './pages/frame.ts';
import { problemPage } from './pages/login.ts';
import { nowPage, nowRegions, type Regions } from './pages/now.ts';
import { pushPage } from './pages/push.ts';
import type { ConsoleSource, PushAnswer, PushQuestion } from './source.ts';
import type { EventStreams } from './web/event-stream.ts';
import { seeOther, type Reply } from './web/reply.ts';

export interface Asked {
  readonly query: URLSearchParams;
  /** Of a POST that came from a page of ours. */
  readonly form: URLSearchParams;
  readonly visitor: Visitor;
  /** For the forms of the page. */
  readonly token: string;
  readonly response: ServerResponse;
  /** Whether the visitor may still be shown anything. */
  readonly isIn: () => boolean;
}

/** A page with its status, another answer, or undefined where the answer has been begun already. */
export type Answer = { readonly status: number; readonly page: Page } | Reply | undefined;
type Handler = (asked: Asked) => Answer | Promise<Answer>;

export interface Route {
  readonly get?: Handler;
  readonly post?: Handler;
}

export interface RoutesOptions {
  readonly source: ConsoleSource;
  readonly watch: Watch;
  readonly streams: EventStreams;
  readonly changes: boolean;
  /** Writes down what was changed, and by whom. */
  readonly logChange: (fields: object, message: string) => void;
}

/** What those who are in can ask for, by path. */
export function createRoutes(options: RoutesOptions): Readonly<Record<string, Route>> {
  const tickets = createTickets();
  const changeOf = (fields: URLSearchParams, { key }: Visitor) =>
    readChange(fields, (ticket) => tickets.secretOf(ticket, key));
  let searches = 0;
  const { source, watch, streams, changes, logChange } = options;
  const search = async (question: PushQuestion): Promise<PushAnswer> => {
    if (searches >= maxSearches)
      throw new OperatorError('As many pushes are being looked for as can be at a time', {
        cure: 'ask again in a moment',
        exit: 'unavailable',
      });
    searches += 1;
    try {
      return await source.push(question);
    } finally {
      searches -= 1;
    }
  };
  const appNow = async (name: string | null) => (await watch.latest()).apps.find((app) => app.name === name);

  return {
    '/': { get: async () => ok(nowPage(await watch.latest())) },
    '/app': {
      async get({ query }) {
        const app = await appNow(query.get('name'));
        return app === undefined ? noSuchApp : ok(appPage(app, changes));
      },
    },
    '/live': {
      get({ query, response, isIn }) {
        const stream = streams.open(response);
        if (stream === undefined) return undefined;
        const name = query.get('app');
        const sent = new Map<string, string>();
        watch.follow((now) => {
          if (!isIn()) return stream.end();
          const app = name === null ? undefined : now.apps.find((one) => one.name === name);
          const regions: Regions = name === null ? nowRegions(now) : app === undefined ? {} : appRegions(app);
          const changed = Object.entries(regions).filter(([id, { text }]) => sent.get(id) !== text);
          for (const [id, { text }] of changed) sent.set(id, text);
          stream.send('regions', Object.fromEntries(changed.map(([id, { text }]) => [id, text])));
        }, stream.closed);
        return undefined;
      },
    },
    '/history': {
      get({ query }) {
        const after = Number(query.get('after') ?? 0);
        const app = query.get('app') ?? '';
        const columns = watch.history.since(app === '' ? undefined : app, Number.isFinite(after) ? after : 0);
        return { status: 200, type: 'application/json', body: JSON.stringify(columns) };
      },
    },
    '/push': {
      async get({ query, token }) {
        const event = query.get('event');
        if (event === null || event === '') return ok(pushPage(token));
        const question = { event, pushkey: undefined };
        return ok(pushPage(token, { question, answer: await search(question) }));
      },
      async post({ form, token, visitor }) {
        const event = form.get('event')?.trim() ?? '';
        const pushkey = form.get('pushkey')?.trim() ?? '';
        // What can be looked at again has an address. A pushkey stands in none: addresses are logged and remembered.
        if (pushkey === '') return seeOther(`/push?${new URLSearchParams({ event }).toString()}`);
        const question = { event: event === '' ? undefined : event, pushkey };
        const answer = await search(question);
        const ticket = changes && { ticket: tickets.ticketFor(pushkey, visitor.key) };
        return ok(pushPage(token, { question, answer, ...ticket }));
      },
    },
    '/dead-letters': { get: async () => ok(deadLettersPage(await source.deadLetters(), changes)) },
    '/callers': { get: async () => ok(callersPage(await source.callers())) },
    '/credentials': { get: async () => ok(credentialsPage(await source.credentials())) },
    '/change': {
      async get({ query, token, visitor }) {
        if (!changes) return readingOnly;
        const change = changeOf(query, visitor);
        if (change === undefined) return noSuchChange;
        // A link of a stranger puts no text of theirs into the question.
        if ('app' in change && (await appNow(change.app)) === undefined) return noSuchApp;
        return ok(askPage(change, query, token));
      },
      async post({ form, visitor }) {
        if (!changes) return readingOnly;
        const change = changeOf(form, visitor);
        if (change === undefined) return noSuchChange;
        const result = await source.change(change, visitor.name).catch((error: unknown) => {
          if (!(error instanceof OperatorError)) throw error;
          return { good: false, lines: error.lines };
        });
        const told = change.kind === 'forget' ? { kind: change.kind } : change;
        logChange({ by: visitor.name, ...told, good: result.good }, 'changed from the console');
        return { status: result.good ? 200 : 409, page: donePage(change, result) };
      },
    },
  };
}

/** Each may read some gigabytes. */
const maxSearches = 3;

const ok = (page: Page): Answer => ({ status: 200, page });

const noSuchApp: Answer = {
  status: 404,
  page: problemPage('No such app', 'The configuration of this console has no app of this name.'),
};
const readingOnly: Answer = {
  status: 403,
  page: problemPage(
    'Reading only',
    'This console changes nothing. One that does is started with --allow-changes.',
  ),
};
const noSuchChange: Answer = {
  status: 400,
  page: problemPage('No such change', 'The address does not say what is to be changed, or how.'),
};
