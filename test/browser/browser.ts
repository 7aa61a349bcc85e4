import axe, { type AxeResults } from 'axe-core';
import { chromium, type BrowserContextOptions, type Page } from 'playwright-core';
import { programPath } from './program-path.ts';

/** Debian's Chromium, as long as a test needs it. */
export interface TestBrowser extends AsyncDisposable {
  /** A page of a profile of its own. */
  open(options?: BrowserContextOptions): Promise<TestPage>;
}

export interface TestPage {
  readonly page: Page;
  /** What the browser complained of: refused by the Content-Security-Policy, not found, thrown. */
  readonly complaints: readonly string[];
}

export async function startBrowser(): Promise<TestBrowser> {
  const browser = await chromium.launch({
    executablePath: programPath('chromium'),
    // Root has no sandbox, and containers little shared memory.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
    timeout: 120_000,
  });
  return {
    async open(options) {
      const context = await browser.newContext(options);
      context.setDefaultTimeout(60_000);
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      return { page, complaints };
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

/** What axe finds wrong with a page for those who do not see it or use no mouse: the rule, and where. */
export async function axeFindings(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source); // not a script of the page's own, which its policy would refuse
  const { violations } = (await page.evaluate('axe.run()')) as AxeResults;
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
}
