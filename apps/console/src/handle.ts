import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { OperatorError, type Log } from '@carillon/runtime';
import { nobody, type FormGuard } from './access/form-guard.ts';
import type { LoginDesk } from './access/login-desk.ts';
import { sessionSeconds } from './access/sessions.ts';
import { cookieOf, visitorOf, wayIn, type Doors, type Visitor } from './access/visitor.ts';
import { wholePage, type Page } from './pages/frame.ts';
import { loginPage, problemPage } from './pages/login.ts';
import type { Answer, Route } from './routes.ts';
import type { Files } from './web/files.ts';
import { readForm } from './web/read-form.ts';
import { htmlType, seeOther, type Reply } from './web/reply.ts';

export interface HandleOptions {
  readonly doors: Doors;
  readonly guard: FormGuard;
  /** Absent where there is no password file. */
  readonly desk?: LoginDesk;
  readonly isHostAllowed: (host: string | undefined) => boolean;
  readonly routes: Readonly<Record<string, Route>>;
  readonly files: Files;
  readonly changes: boolean;
  readonly log: Log;
}

/** Answers a request; undefined where that has been begun already. Never rejects. */
export type Handle = (request: IncomingMessage, response: ServerResponse) => Promise<Reply | undefined>;

export function createHandle(options: HandleOptions): Handle {
  const { doors, guard, desk, isHostAllowed, routes, files, changes, log } = options;

  function paint(status: number, page: Page, visitor?: Visitor): Reply {
    const setting = {
      files: files.paths,
      changes,
      visitor: visitor && { name: visitor.name, canSignOut: visitor.by === 'password' },
      token: guard.tokenFor(visitor?.key ?? nobody),
    };
    return { status, type: htmlType, body: wholePage(page, setting) };
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<Reply | undefined> {
    if (!isHostAllowed(request.headers.host))
      return { status: 403, type: 'text/plain', body: 'This name is not among those of console.hosts.\n' };
    if (isFromElsewhere(request.headers))
      return { status: 403, type: 'text/plain', body: 'Pages of other sites may link here, and no more.\n' };
    const url = URL.parse(request.url ?? '', 'http://console');
    if (url === null) return paint(400, problemPage('No such page', 'This is no address.'));
    const visitor = visitorOf(request, doors);
    const isRead = request.method === 'GET';
    const file = isRead ? files.at(url.pathname, request.headers['accept-encoding']) : undefined;
    if (file !== undefined) return file;

    let form = new URLSearchParams();
    if (request.method === 'POST') {
      const read = await readForm(request);
      if (read === undefined || !guard.isOurs(request, visitor?.key ?? nobody, read.get('token') ?? '')) {
        const text =
          'The form did not come from a page of this console, or from one that has grown old. Try again from there.';
        return paint(403, problemPage('Refused', text), visitor);
      }
      form = read;
    }
    if (desk !== undefined && url.pathname === '/login') return login(desk, request, form);
    if (visitor === undefined) return stranger(isRead);
    if (url.pathname === '/logout' && request.method === 'POST') return logout(request);

    const route = Object.hasOwn(routes, url.pathname) ? routes[url.pathname] : undefined;
    if (route === undefined)
      return paint(404, problemPage('No such page', 'The console has no page of this address.'), visitor);
    const handler = request.method === 'POST' ? route.post : isRead ? route.get : undefined;
    if (handler === undefined)
      return paint(405, problemPage('Not this way', 'The page cannot be asked like that.'), visitor);
    const token = guard.tokenFor(visitor.key);
    const isIn = (): boolean => visitorOf(request, doors) !== undefined;
    const given: Answer = await handler({ query: url.searchParams, form, visitor, token, response, isIn });
    return given !== undefined && 'page' in given ? paint(given.status, given.page, visitor) : given;
  }

  async function login(used: LoginDesk, request: IncomingMessage, form: URLSearchParams): Promise<Reply> {
    if (request.method !== 'POST') return paint(200, loginPage(guard.tokenFor(nobody)));
    const user = form.get('user') ?? '';
    const address = request.socket.remoteAddress ?? '';
    const result = await used.try(user, form.get('password') ?? '', address);
    if (result === 'right') {
      log.info({ user, address }, 'signed in to the console');
      const value = doors.sessions?.open(user) ?? '';
      return seeOther('/', { 'set-cookie': cookieFor(request, value, sessionSeconds) });
    }
    const isWrong = result === 'wrong';
    if (isWrong) log.warn({ address }, 'a wrong user or password at the console');
    const text = isWrong
      ? 'The user or the password is wrong.'
      : 'Too many sign in just now. Try again in a moment.';
    return paint(isWrong ? 403 : 429, loginPage(guard.tokenFor(nobody), text));
  }

  function logout(request: IncomingMessage): Reply {
    doors.sessions?.close(cookieOf(request.headers.cookie ?? '', doors.cookie) ?? '');
    return seeOther('/login', { 'set-cookie': cookieFor(request, '', 0) });
  }

  function cookieFor({ headers }: IncomingMessage, value: string, seconds: number): string {
    const secure = headers['x-forwarded-proto'] === 'https' ? '; Secure' : '';
    return `${doors.cookie}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}${secure}`;
  }

  function stranger(isRead: boolean): Reply {
    if (desk !== undefined && isRead) return seeOther('/login');
    return paint(403, problemPage('Not signed in', wayIn(doors)));
  }

  return async (request, response) => {
    try {
      return await answer(request, response);
    } catch (error) {
      if (error instanceof OperatorError)
        return paint(503, problemPage('Not to be had now', error.lines.join(' ')), visitorOf(request, doors));
      log.error({ err: error }, 'a page of the console failed');
      return paint(500, problemPage('Failed', 'This is a mistake of Carillon; its log has more.'));
    }
  };
}

/**
 * Whether a page of another site has its reader's browser ask for something, to measure it or to cost us work. Browsers say so
 * (w3.org, "Fetch Metadata Request Headers"); a link that somebody follows is all that is let through.
 */
function isFromElsewhere(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site === undefined || site === 'same-origin' || site === 'none') return false;
  return headers['sec-fetch-mode'] !== 'navigate' || headers['sec-fetch-dest'] !== 'document';
}
