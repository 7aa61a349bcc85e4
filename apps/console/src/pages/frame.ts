import { html, type Html, type HtmlPart } from './html.ts';

/** What every page is told, whatever it shows. */
export interface Setting {
  /** Where the styles and scripts are found. */
  readonly files: Readonly<Record<'style' | 'chartStyle' | 'live' | 'charts' | 'uplot', string>>;
  /** Whether the page may offer changes. */
  readonly changes: boolean;
  /** Undefined before somebody has signed in. */
  readonly visitor: { readonly name: string; readonly canSignOut: boolean } | undefined;
  /** For the hidden field of every form. */
  readonly token: string;
}

export interface Page {
  readonly title: string;
  readonly body: Html;
  /** The part of the console that it belongs to. */
  readonly part?: PartPath;
  /** Where its changes come from; absent for a page that stays as it is. */
  readonly live?: string;
}

const parts = [
  { path: '/', name: 'Now' },
  { path: '/push', name: 'One push' },
  { path: '/callers', name: 'Callers' },
  { path: '/dead-letters', name: 'Dead letters' },
  { path: '/credentials', name: 'Credentials' },
] as const;
export type PartPath = (typeof parts)[number]['path'];

export function wholePage({ title, body, part, live }: Page, setting: Setting): string {
  const { files, visitor, changes } = setting;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · Carillon</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="${files.style}" />
        ${
          live !== undefined &&
          html`<link rel="stylesheet" href="${files.chartStyle}" />
            <script defer src="${files.uplot}"></script>
            <script type="module" src="${files.live}"></script>
            <script type="module" src="${files.charts}"></script>`
        }
      </head>
      <body ${live !== undefined && html`data-live="${live}"`}>
        <a class="skip" href="#main">Skip to the content</a>
        <header>
          <a class="brand" href="/">Carillon</a>
          ${
            visitor !== undefined &&
            html`<nav aria-label="Parts of the console">
              ${parts.map(({ path, name }) => navLink(path, name, part))}
            </nav>`
          }
          ${
            visitor?.canSignOut === true &&
            html`<form class="session" method="post" action="/logout">
              ${hidden('token', setting.token)}
              <span>${visitor.name}</span>
              <button class="quiet">Sign out</button>
            </form>`
          }
        </header>
        <main id="main" tabindex="-1">${body}</main>
        <footer>
          ${
            visitor !== undefined &&
            html`<p>${changes ? 'Changes are allowed, and logged.' : 'Reading only.'}</p>`
          }
          ${live !== undefined && html`<p id="connection" role="status"></p>`}
        </footer>
      </body>
    </html>`.text;
}

function navLink(path: string, name: string, current: string | undefined): Html {
  return path === current
    ? html`<a href="${path}" aria-current="page">${name}</a>`
    : html`<a href="${path}">${name}</a>`;
}

export function hidden(name: string, value: string): Html {
  return html`<input type="hidden" name="${name}" value="${value}" />`;
}

/** The command that tells the same on a terminal. */
export function commandLine(...commands: readonly string[]): Html {
  return html`<p class="command">On a terminal: ${commands.map((one) => html`<code>${one}</code> `)}</p>`;
}

export function list(items: readonly HtmlPart[]): Html {
  return html`<ul>
    ${items.map((item) => html`<li>${item}</li>`)}
  </ul>`;
}
