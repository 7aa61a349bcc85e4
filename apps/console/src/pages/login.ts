import { hidden, type Page } from './frame.ts';
import { html } from './html.ts';

export function loginPage(token: string, problem?: string): Page {
  return {
    title: 'Sign in',
    body: html`<h1>Sign in</h1>
      ${problem !== undefined && html`<p class="note bad" role="alert">${problem}</p>`}
      <form class="login" method="post" action="/login">
        ${hidden('token', token)}
        <label for="user">User</label>
        <input id="user" name="user" autocomplete="username" required maxlength="64" />
        <label for="password">Password</label>
        <input
          id="password"
          name="password"
          type="password"
          autocomplete="current-password"
          required
          maxlength="1024"
        />
        <button>Sign in</button>
      </form>`,
  };
}

export function problemPage(title: string, text: string): Page {
  return {
    title,
    body: html`<h1>${title}</h1>
      <p>${text}</p>
      <p><a href="/">To the first page</a></p>`,
  };
}
