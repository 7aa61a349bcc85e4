import type { Finding } from '../source.ts';
import { commandLine, type Page } from './frame.ts';
import { html } from './html.ts';
import { findings } from './now.ts';

/** What signs us in at the providers, and how long it lasts; as the files on this machine say it. */
export function credentialsPage(all: readonly Finding[]): Page {
  const worst = { bad: 0, warning: 1, good: 2 } as const;
  return {
    title: 'Credentials',
    part: '/credentials',
    body: html`<h1>Credentials</h1>
      <p>
        The files of the apps as they are on this machine now. Signing keys do not expire; certificates do.
      </p>
      ${findings(all.toSorted((a, b) => worst[a.kind] - worst[b.kind]))}
      ${commandLine('carillon check --offline')}`,
  };
}
