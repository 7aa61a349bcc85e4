import { sendEnds, type Flow, type SendEnd } from '../source.ts';
import { countText, rateText, secondsText, shareText } from './format.ts';
import { html, type Html } from './html.ts';

/** The figures of an app, or of all, at the head of a page. */
export function tiles(flow: Flow): Html {
  const tile = (name: string, figure: string, more = ''): Html =>
    html`<div>
      <dt>${name}</dt>
      <dd>${figure}${more !== '' && html`<small>${more}</small>`}</dd>
    </div>`;
  return html`${tile('Arrive', rateText(flow.arrives), ' a second')}
  ${tile('Delivered', rateText(flow.sends?.delivered), ' a second')}
  ${tile('Delivered of all sends', shareText(shareOf(flow, 'delivered')), othersText(flow))}
  ${tile('Half are there within', secondsText(flow.p50))}
  ${tile('99 of 100 are there within', secondsText(flow.p99))}
  ${tile('Waiting', countText(flow.waiting), flow.oldest === undefined ? '' : ` the oldest ${flow.oldest}`)}`;
}

/** The sends of the last seconds as one bar, and in words. */
export function shares(flow: Flow): Html {
  const share = shareOf(flow, 'delivered');
  if (share === undefined) return html`<span class="none">–</span>`;
  let x = 0;
  const pieces = sendEnds.map((end) => {
    const width = 100 * (shareOf(flow, end) ?? 0);
    const piece = html`<rect class="${end}" x="${x.toFixed(1)}" width="${width.toFixed(1)}" height="8" />`;
    x += width;
    return width > 0 && piece;
  });
  return html`<svg class="shares" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
      ${pieces}
    </svg>
    <span title="${othersText(flow).trim()}">${shareText(share)}</span>`;
}

function othersText(flow: Flow): string {
  return sendEnds
    .filter((end) => end !== 'delivered' && (flow.sends?.[end] ?? 0) > 0)
    .map((end) => ` ${end} ${shareText(shareOf(flow, end))}`)
    .join(',');
}

function shareOf({ sends }: Flow, end: SendEnd): number | undefined {
  if (sends === undefined) return undefined;
  const all = sendEnds.reduce((sum, one) => sum + sends[one], 0);
  return all === 0 ? undefined : sends[end] / all;
}

/** Filled by the browser, from `/history`. */
export function charts(app: string | undefined): Html {
  const chart = (kind: string, title: string): Html =>
    html`<figure data-chart="${kind}" data-app="${app ?? ''}">
      <figcaption>${title}</figcaption>
      <div class="plot" role="img" aria-label="Chart: ${title}, over the last hour"></div>
    </figure>`;
  return html`<div class="charts">
    ${chart('flow', 'Arrive and delivered, a second')} ${chart('late', 'Seconds until delivered')}
    ${chart('waiting', 'Waiting')}
  </div>`;
}
