import type { DeadLetterFacts } from '../source.ts';
import { counted, countText } from './format.ts';
import { commandLine, type Page } from './frame.ts';
import { html, type Html } from './html.ts';

/** Deliveries that crashed their workers or that nobody can read. */
export function deadLettersPage(letters: readonly DeadLetterFacts[], changes: boolean): Page {
  const shown = letters.slice(0, atMost);
  return {
    title: 'Dead letters',
    part: '/dead-letters',
    body: html`<h1>Dead letters</h1>
      <p>
        Deliveries that crashed their workers or that nobody can read, set aside so that the others go on.
        Content, room, sender and pushkey are hidden; a device has the same name in all rows of this page.
      </p>
      ${
        letters.length === 0
          ? html`<p class="note good">There are no dead letters.</p>`
          : html`<p>
                ${counted(letters.length, 'dead letter')}.${letters.length > atMost && ` The oldest ${atMost} are shown.`}
              </p>
              ${table(shown, changes)}`
      }
      ${commandLine('carillon dead list', 'carillon dead show ID', 'carillon dead retry ID', 'carillon dead drop ID')}`,
  };
}

const atMost = 200;

function table(letters: readonly DeadLetterFacts[], changes: boolean): Html {
  return html`<div class="scroll" role="region" aria-label="Dead letters" tabindex="0">
    <table class="apps">
      <thead>
        <tr>
          <th scope="col">Id</th>
          <th scope="col">Set aside</th>
          <th scope="col">Reason</th>
          <th scope="col" class="number">Crashes</th>
          <th scope="col" class="number">Tries</th>
          <th scope="col">Event</th>
          <th scope="col">Device</th>
          <th scope="col">Expires</th>
          ${changes && html`<th scope="col">Retry</th>`}
        </tr>
      </thead>
      <tbody>
        ${letters.map((letter) => row(letter, changes))}
      </tbody>
    </table>
  </div>`;
}

function row(letter: DeadLetterFacts, changes: boolean): Html {
  const { id, setAside, reason, crashes, tries, eventType, device, expires, retriable } = letter;
  const change = `/change?${new URLSearchParams({ kind: 'retry', id }).toString()}`;
  return html`<tr>
    <th scope="row"><code>${id}</code></th>
    <td data-label="Set aside">${setAside}</td>
    <td data-label="Reason">${reason}</td>
    <td class="number" data-label="Crashes">${countText(crashes)}</td>
    <td class="number" data-label="Tries">${tries ?? '–'}</td>
    <td data-label="Event">${eventType ?? '–'}</td>
    <td data-label="Device">${device === undefined ? '–' : html`<code>${device}</code>`}</td>
    <td data-label="Expires">${expires}</td>
    ${changes && html`<td data-label="Retry">${retriable ? html`<a href="${change}">Retry …</a>` : 'no use'}</td>`}
  </tr>`;
}
