import { connect } from 'node:net';

/** An answer as it came over the socket. */
export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  /** As far as it had come when the connection ended or `answers` answers had begun. */
  readonly body: string;
}

/** A request line with its headers; `Host` only if it is among them. */
export function head(line: string, headers: readonly string[] = ['Host: push.example.org']): string {
  return [line, ...headers, '', ''].join('\r\n');
}

/**
 * Writes these bytes to a server and resolves to what it answers until it ends the connection. Requests should ask
 * for that (`Connection: close`) unless the server is expected to do so by itself.
 */
export async function talk(url: string, bytes: string | Buffer): Promise<readonly RawAnswer[]> {
  const { hostname, port } = new URL(url);
  const text = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let received = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => (received += chunk));
    socket.on('close', () => resolve(received));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
    socket.write(bytes);
  });
  return text
    .split(/(?=HTTP\/1\.1 \d{3} )/)
    .filter((answer) => answer !== '')
    .map((answer) => {
      const [top = '', ...rest] = answer.split('\r\n\r\n');
      return { status: Number(top.slice(9, 12)), head: top, body: rest.join('\r\n\r\n') };
    });
}
