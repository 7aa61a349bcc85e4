import type { CallerNow } from '../source.ts';
import { rateText } from './format.ts';
import { commandLine, type Page } from './frame.ts';
import { html, type Html } from './html.ts';

/** Who calls the ingresses whose private listeners are read. */
export function callersPage(callers: readonly CallerNow[]): Page {
  return {
    title: 'Callers',
    part: '/callers',
    body: html`<h1>Callers</h1>
      <p>
        The busiest client addresses at the ingresses, each a second. Behind a reverse proxy they are the
        homeservers only if <code>ingress.trust_proxy</code> names the proxy.
      </p>
      ${callers.length === 0 ? html`<p>Nobody calls.</p>` : table(callers)} ${commandLine('carillon top')}`,
  };
}

function table(callers: readonly CallerNow[]): Html {
  return html`<div class="scroll" role="region" aria-label="Callers" tabindex="0">
    <table class="apps">
      <thead>
        <tr>
          <th scope="col">Caller</th>
          ${columns.map(({ head }) => html`<th scope="col" class="number">${head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${callers.map(row)}
      </tbody>
    </table>
  </div>`;
}

const columns = [
  { head: 'Requests', of: 'requests' },
  { head: 'Devices', of: 'devices' },
  { head: 'Rejected', of: 'rejected' },
  { head: 'Failed', of: 'failed' },
] as const;

function row(caller: CallerNow): Html {
  return html`<tr>
    <th scope="row">${caller.caller}</th>
    ${columns.map(({ head, of }) => html`<td class="number" data-label="${head}">${rateText(caller[of])}</td>`)}
  </tr>`;
}
