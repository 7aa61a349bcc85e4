import type { HopFacts, PushAnswer, PushQuestion, WayFacts } from '../source.ts';
import { counted } from './format.ts';
import { commandLine, hidden, list, type Page } from './frame.ts';
import { html, prose, type Html } from './html.ts';

/** The way of one push, found by what those who miss it can tell. */
export function pushPage(token: string, asked?: AskedPush): Page {
  return {
    title: 'One push',
    part: '/push',
    body: html`<h1>One push</h1>
      <p>
        What became of the pushes of an event, or of those to a phone, in the provider's own words. Give one
        of the two, or both.
      </p>
      <form class="search" method="post" action="/push">
        ${hidden('token', token)}
        <label for="event">Event id</label>
        <input
          id="event"
          name="event"
          value="${asked?.question.event}"
          placeholder="$…"
          autocomplete="off"
          spellcheck="false"
          maxlength="512"
        />
        <label for="pushkey">Pushkey <small>(is neither shown, kept nor logged)</small></label>
        <input id="pushkey" name="pushkey" autocomplete="off" spellcheck="false" maxlength="2048" />
        <button>Find</button>
      </form>
      ${asked !== undefined && answerOf(asked.answer)}
      ${asked?.ticket !== undefined && forgetLink(asked.ticket)}
      ${commandLine("carillon trace '$EVENT_ID'", 'carillon trace --pushkey PUSHKEY')}`,
  };
}

export interface AskedPush {
  readonly question: PushQuestion;
  readonly answer: PushAnswer;
  /** Stands for the pushkey where its rejections may be forgotten. */
  readonly ticket?: string;
}

function forgetLink(ticket: string): Html {
  const change = `/change?${new URLSearchParams({ kind: 'forget', ticket }).toString()}`;
  return html`<p>Was this pushkey rejected, and is it alive? <a href="${change}">Forget that …</a></p>`;
}

const verdicts = {
  delivered: { tone: 'good', text: 'Delivered: the provider has it' },
  ended: { tone: 'bad', text: 'Not delivered' },
  waiting: { tone: 'warning', text: 'Still on its way' },
  unknown: { tone: 'warning', text: 'Not known how it ended' },
} as const;

function answerOf({ ways, notes }: PushAnswer): Html {
  return html`<section aria-labelledby="found">
    <h2 id="found">
      ${ways.length === 0 ? 'Nothing is known of such a push' : counted(ways.length, 'push', 'pushes')}
    </h2>
    ${notes.length > 0 && list(notes.map(prose))} ${ways.map(wayOf)}
  </section>`;
}

function wayOf({ verdict, app, lane, pushkey, hops, notes }: WayFacts): Html {
  const { tone, text } = verdicts[verdict];
  return html`<article class="way">
    <h3><span class="badge ${tone}">${text}</span></h3>
    <p>
      ${app === undefined ? 'No app' : html`App <b>${app}</b>`}${lane !== undefined && html`, lane ${lane}`}${
        pushkey !== undefined && html`, pushkey <code>${pushkey}</code>`
      }
    </p>
    ${notes.map((note) => html`<p class="note warning"><strong>Now:</strong> ${prose(note)}</p>`)}
    <ol class="hops">
      ${hops.map(hopOf)}
    </ol>
  </article>`;
}

function hopOf({ at, after, text, repeats, meaning, cure }: HopFacts): Html {
  const time = new Date(at).toISOString();
  return html`<li>
    <time datetime="${time}">${time.slice(0, 10)} ${time.slice(11, 23)} UTC</time> <small>${after}</small>
    <p>${prose(text)}${repeats > 0 && html` <small>${counted(repeats, 'time')} before</small>`}</p>
    ${meaning !== undefined && html`<p class="meaning">It means: ${prose(meaning)}</p>`}
    ${cure !== undefined && html`<p class="cure">What to do: ${prose(cure)}</p>`}
  </li>`;
}
