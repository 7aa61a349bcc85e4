import type { AppNow, Finding, LaneNow, Note, Now, ProcessNow } from '../source.ts';
import { charts, shares, tiles } from './flow.ts';
import { counted, countText, rateText, secondsText, shareText } from './format.ts';
import { commandLine, list, type Page } from './frame.ts';
import { html, prose, type Html } from './html.ts';

/** What changes by itself, by the id of the element that holds it. */
export type Regions = Readonly<Record<string, Html>>;

export function nowPage(now: Now): Page {
  const { summary, at: seen, troubles, tiles: figures, apps, processes, redis } = nowRegions(now);
  return {
    title: 'Now',
    part: '/',
    live: '/live',
    body: html`<h1>Now</h1>
      <p class="summary"><span id="summary" role="status">${summary}</span> <span id="at">${seen}</span></p>
      <section id="troubles" aria-label="What needs a look">${troubles}</section>
      <dl id="tiles" class="tiles">${figures}</dl>
      ${charts(undefined)}
      <h2 id="apps-title">Apps</h2>
      <div class="scroll" role="region" aria-labelledby="apps-title" tabindex="0">
        <table class="apps">
          <thead>
            <tr>
              <th scope="col">App</th>
              <th scope="col">State</th>
              <th scope="col" class="number">Waiting</th>
              <th scope="col" class="number">Oldest</th>
              <th scope="col" class="number">Later</th>
              <th scope="col" class="number">In flight</th>
              <th scope="col" class="number">In/s</th>
              <th scope="col" class="number">Sent/s</th>
              <th scope="col" class="number">p50</th>
              <th scope="col" class="number">p99</th>
              <th scope="col">Delivered</th>
            </tr>
          </thead>
          <tbody id="apps">
            ${apps}
          </tbody>
        </table>
      </div>
      <p class="legend">
        Waiting: could be sent now. Later: waits for its next try. p50 and p99: half, and 99 of 100, were
        delivered within that time. The bar has what the sends of the last seconds ended in:
        ${(['delivered', 'later', 'refused', 'dead', 'dropped'] as const).map(
          (end) => html`<span class="key ${end}">${end}</span> `,
        )}
      </p>
      <div class="pair">
        <section>
          <h2>Processes</h2>
          <div id="processes" class="scroll" role="region" aria-label="Processes" tabindex="0">
            ${processes}
          </div>
        </section>
        <section>
          <h2>Redis</h2>
          <div id="redis">${redis}</div>
        </section>
      </div>
      ${commandLine('carillon top', 'carillon apps', 'carillon check')}`,
  };
}

export function nowRegions(now: Now) {
  const { at, apps, total, troubles } = now;
  const sick = apps.filter(({ state }) => state !== 'ok' && state !== 'paused');
  return {
    summary: html`${counted(apps.length, 'app')}, ${sick.length === 0 ? 'none' : sick.length} in trouble.`,
    at: timeOf(at),
    troubles: troublesOf(apps, troubles),
    tiles: tiles(total),
    apps: html`${apps.map(appRow)}`,
    processes: processesOf(now),
    redis: findings(now.redis),
  } satisfies Regions;
}

function troublesOf(apps: readonly AppNow[], troubles: readonly string[]): Html {
  const notes = apps.flatMap(({ name, notes: own }) => own.map((note) => ({ name, note })));
  if (notes.length === 0 && troubles.length === 0)
    return html`<p class="note good">
      No app is paused, parked or held, and everything that waits has a worker.
    </p>`;
  const boxes = (wanted: boolean): readonly Html[] =>
    notes
      .filter(({ note }) => note.bad === wanted)
      .map(({ name, note }) => {
        const unseen = html`<span class="unseen"> of ${name}</span>`;
        return noteBox(note, html`<a href="${appPath(name)}">more${unseen}</a>`);
      });
  const unread = troubles.map((trouble) => html`<p class="note warning">${prose(trouble)}</p>`);
  return html`${boxes(true)} ${unread} ${boxes(false)}`;
}

/** Apart from the summary, which screen readers say aloud when it changes. */
function timeOf(at: number): Html {
  const time = new Date(at).toISOString();
  return html`<time datetime="${time}">${time.slice(11, 19)} UTC</time>`;
}

export function noteBox({ bad, lines: [first, ...rest] }: Note, link?: Html): Html {
  return html`<div class="note ${bad ? 'bad' : 'warning'}">
    <p>
      <strong>${bad ? 'Trouble' : 'Notice'}:</strong> ${first}
      ${link !== undefined && html`<small>${link}</small>`}
    </p>
    ${rest.map((line) => html`<p>${prose(line)}</p>`)}
  </div>`;
}

function appPath(name: string): string {
  return `/app?${new URLSearchParams({ name }).toString()}`;
}

function appRow({ name, type, state, lanes, flow }: AppNow): Html {
  const number = (label: string, text: string): Html =>
    html`<td class="number" data-label="${label}">${text}</td>`;
  const sum = (of: (lane: LaneNow) => number): string =>
    countText(lanes.reduce((all, lane) => all + of(lane), 0));
  return html`<tr>
    <th scope="row"><a href="${appPath(name)}">${name}</a> <small>${type}</small></th>
    <td data-label="State">${stateBadge(state)}</td>
    <td class="number" data-label="Waiting">${countText(flow.waiting)} ${laneText(lanes)}</td>
    ${number('Oldest', flow.oldest ?? '–')}
    ${number(
      'Later',
      sum(({ delayed }) => delayed),
    )}
    ${number(
      'In flight',
      sum(({ inFlight }) => inFlight),
    )}
    ${number('In/s', rateText(flow.arrives))} ${number('Sent/s', rateText(flow.sends?.delivered))}
    ${number('p50', secondsText(flow.p50))} ${number('p99', secondsText(flow.p99))}
    <td data-label="Delivered">${shares(flow)}</td>
  </tr>`;
}

/** Which lanes wait; nothing where only one could. */
function laneText(lanes: readonly LaneNow[]): Html | undefined {
  const waiting = lanes.filter((lane) => lane.waiting > 0);
  if (waiting.length === 0) return undefined;
  return html`<small>${waiting.map((lane) => `${lane.lane} ${countText(lane.waiting)}`).join(', ')}</small>`;
}

export function stateBadge(state: AppNow['state']): Html {
  const tone = state === 'ok' ? 'good' : state === 'paused' || state === 'unknown' ? 'warning' : 'bad';
  return html`<span class="badge ${tone}">${state}</span>`;
}

function processesOf({ processes, workers }: Now): Html {
  if (processes.length === 0 && workers.length === 0) return html`<p>None was found.</p>`;
  return html`${
    processes.length > 0 &&
    html`<table class="plain">
      <thead>
        <tr>
          <th scope="col">Listener</th>
          <th scope="col">Role</th>
          <th scope="col" class="number">Up</th>
          <th scope="col" class="number">Memory</th>
          <th scope="col" class="number">Core</th>
          <th scope="col" class="number">In flight</th>
        </tr>
      </thead>
      <tbody>
        ${processes.map(processRow)}
      </tbody>
    </table>`
  }
  ${
    workers.length > 0 &&
    html`<p>Workers that take deliveries, as Redis knows them:</p>
      ${list(workers.map((id) => html`<code>${id}</code>`))}`
  }`;
}

function processRow({ at, role, version, up, memory, busy, inFlight }: ProcessNow): Html {
  return html`<tr>
    <th scope="row">${at}</th>
    <td>${role} <small>${version}</small></td>
    <td class="number">${up}</td>
    <td class="number">${memory}</td>
    <td class="number">${shareText(busy)}</td>
    <td class="number">${inFlight === undefined ? '–' : countText(inFlight)}</td>
  </tr>`;
}

const marks = { good: '✓', warning: '!', bad: '✗' } as const;
const markWords = { good: 'Good', warning: 'Warning', bad: 'Trouble' } as const;

/** As `carillon check` tells them. */
export function findings(all: readonly Finding[]): Html {
  return html`<ul class="findings">
    ${all.map(
      ({ kind, what, detail, cure }) =>
        html`<li class="${kind}">
          <span aria-hidden="true">${marks[kind]}</span> <span class="unseen">${markWords[kind]}:</span>
          <div>
            <b>${what}</b>
            ${prose(detail)}${cure !== undefined && html`<p class="cure">Cure: ${prose(cure)}</p>`}
          </div>
        </li>`,
    )}
  </ul>`;
}
