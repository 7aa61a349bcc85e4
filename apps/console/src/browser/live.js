/*
 * Keeps a page up to date: the server sends the parts that changed, as markup that it made itself. The page is whole
 * without this script, and stays as it was loaded.
 */
const connection = document.getElementById('connection');
const stream = new EventSource(document.body.dataset.live);

stream.addEventListener('open', () => say(''));
stream.addEventListener('error', () => {
  // The browser tries again by itself, unless the answer was no stream of events.
  const isOver = stream.readyState === EventSource.CLOSED;
  say(isOver ? 'No longer live. Load the page anew.' : 'Not connected. What you see is old; trying again.');
});
stream.addEventListener('regions', ({ data }) => {
  say('Live');
  for (const [id, markup] of Object.entries(JSON.parse(data))) show(document.getElementById(id), markup);
  document.dispatchEvent(new Event('carillon:regions'));
});
globalThis.addEventListener('pagehide', () => stream.close());

function say(text) {
  if (connection.textContent !== text) connection.textContent = text;
  document.body.classList.toggle('stale', text !== '' && text !== 'Live');
}

/** Puts in what is new, and leaves what is the same where it is: what is selected or has the focus stays so. */
function show(region, markup) {
  if (region === null) return;
  const template = document.createElement('template');
  template.innerHTML = markup;
  const focused = region.contains(document.activeElement) ? placeOf(document.activeElement) : undefined;
  const before = Map.groupBy(region.childNodes, markupOf);
  const after = [...template.content.childNodes].map((node) => before.get(markupOf(node))?.shift() ?? node);
  for (const node of [...before.values()].flat()) node.remove();
  let place = region.firstChild;
  for (const node of after) {
    if (node === place) place = place.nextSibling;
    else region.insertBefore(node, place);
  }
  if (focused !== undefined && !region.contains(document.activeElement))
    region.querySelector(focused)?.focus({ preventScroll: true });
}

const markupOf = (node) => node.outerHTML ?? node.textContent;

/** A selector that finds the same link in the new markup. */
function placeOf(element) {
  const target = element.getAttribute('href');
  return target === null ? undefined : `a[href="${CSS.escape(target)}"]`;
}
