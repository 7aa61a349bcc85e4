import type { AppNow, LaneNow } from '../source.ts';
import { charts, tiles } from './flow.ts';
import { counted, countText } from './format.ts';
import { commandLine, type Page } from './frame.ts';
import { html, type Html } from './html.ts';
import { noteBox, stateBadge, type Regions } from './now.ts';

/** One app by itself. */
export function appPage(app: AppNow, changes: boolean): Page {
  const { name, lanes } = app;
  const { summary, troubles, tiles: figures, lanes: rows } = appRegions(app);
  const live = `/live?${new URLSearchParams({ app: name }).toString()}`;
  return {
    title: name,
    part: '/',
    live,
    body: html`<h1>${name}</h1>
      <p id="summary" class="summary" role="status">${summary}</p>
      <section id="troubles" aria-label="What needs a look">${troubles}</section>
      <dl id="tiles" class="tiles">${figures}</dl>
      ${charts(name)}
      <h2>Lanes</h2>
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">Lane</th>
            <th scope="col" class="number">Waiting</th>
            <th scope="col" class="number">Oldest</th>
            <th scope="col" class="number">Later</th>
            <th scope="col" class="number">In flight</th>
            <th scope="col" class="number">Workers</th>
          </tr>
        </thead>
        <tbody id="lanes">
          ${rows}
        </tbody>
      </table>
      ${changes && changesOf(name, lanes)} ${commandLine('carillon apps', 'carillon top')}`,
  };
}

export function appRegions(app: AppNow) {
  const { state, type, suspects, deadLetters, notes, flow, lanes } = app;
  return {
    summary: html`${stateBadge(state)} An app of type ${type}, with ${counted(suspects, 'suspect')} and
      <a href="/dead-letters">${counted(deadLetters, 'dead letter')}</a>.`,
    troubles: html`${notes.map((note) => noteBox(note))}`,
    tiles: tiles(flow),
    lanes: html`${lanes.map(laneRow)}`,
  } satisfies Regions;
}

function laneRow({ lane, waiting, oldest, delayed, inFlight, workers }: LaneNow): Html {
  const number = (text: string): Html => html`<td class="number">${text}</td>`;
  return html`<tr>
    <th scope="row">${lane}</th>
    ${number(countText(waiting))} ${number(oldest ?? '–')} ${number(countText(delayed))}
    ${number(countText(inFlight))} ${number(countText(workers))}
  </tr>`;
}

/** Forms that ask first: what they lead to changes nothing yet. */
function changesOf(app: string, lanes: readonly LaneNow[]): Html {
  const fields = (kind: string): Html =>
    html`<input type="hidden" name="kind" value="${kind}" /><input
        type="hidden"
        name="app"
        value="${app}"
      />`;
  return html`<h2>Change</h2>
    <div class="forms">
      <form method="get" action="/change">
        ${fields('pause')}
        <label
          >Lane
          <select name="lane">
            <option value="">all lanes</option>
            ${lanes.map(({ lane }) => html`<option>${lane}</option>`)}
          </select></label
        >
        <label
          >Ends by itself after
          <select name="minutes">
            <option value="30">30 minutes</option>
            <option value="120">2 hours</option>
            <option value="1440">a day</option>
            <option value="">never</option>
          </select></label
        >
        <label>Reason <input name="reason" maxlength="200" /></label>
        <button>Pause …</button>
      </form>
      <form method="get" action="/change">${fields('resume')}<button>Resume …</button></form>
    </div>`;
}
