import { z } from 'zod';

/** `http://user:pass@host:port` of a CONNECT proxy. What it says of a bad one never quotes it. */
export function proxyUrl() {
  const error = 'must be a URL such as http://user:pass@proxy:3128';
  return z
    .string({ error })
    .transform((text, context) => {
      const url = URL.parse(text);
      const problem = url === null ? error : urlProblem(url, error);
      if (url !== null && problem === undefined) return url;
      context.addIssue({ code: 'custom', message: problem ?? error });
      return z.NEVER;
    })
    .meta({ title: 'URL' });
}

function urlProblem(url: URL, error: string): string | undefined {
  if (url.protocol === 'https:')
    return 'must begin with http://, since the proxy itself is spoken to without TLS; what goes through it stays encrypted';
  if (url.protocol !== 'http:') return `${error}: an HTTP CONNECT proxy is the only kind that is supported`;
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '')
    return 'must end with the port; leave out what follows it';
  return undefined;
}
