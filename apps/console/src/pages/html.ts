/** Markup that is safe to send: made by `html` alone, which escapes every text that is put into it. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type HtmlPart = Html | string | number | undefined | false | readonly HtmlPart[];

/** A piece of a page. Whatever a stranger has written becomes text in it: in elements and in quoted attributes. */
export function html(strings: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  return new Html(strings.map((text, index) => text.replace(/\n\s+/g, '\n') + markup(parts[index])).join(''));
}

/** A sentence of the commands, in which what stands in back quotes is code. */
export function prose(text: string): Html {
  const pieces = text.split('`');
  // Of an odd quote nobody knows what it encloses.
  if (pieces.length % 2 === 0) return html`${text}`;
  return html`${pieces.map((piece, index) => (index % 2 === 0 ? piece : html`<code>${piece}</code>`))}`;
}

function markup(part: HtmlPart): string {
  if (part === undefined || part === false) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map(markup).join('');
  return String(part).replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}
