import type net from 'node:net';
import { codeOf, DialError } from './dial-error.ts';
import type { DialFault } from './dial-error.ts';

/** Waits until a socket stands, or destroys it and rejects with the `DialError` that its error means. */
export function settled<Socket extends net.Socket>(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  deadline: AbortSignal,
  faultOf: (code: string) => DialFault,
): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const fail = (code: string): void => {
    socket.destroy();
    reject(new DialError(faultOf(code), code));
  };
  const onEvent = (): void => resolve(socket);
  const onError = (error: Error): void => fail(codeOf(error));
  const onClose = (): void => fail('ECONNRESET');
  const onDeadline = (): void => fail('ETIMEDOUT');
  // Stays: between this owner and the next an error must not be fatal, and `close` follows it.
  socket.on('error', ignore);
  socket.once(event, onEvent).once('error', onError).once('close', onClose);
  deadline.addEventListener('abort', onDeadline, { once: true });
  if (deadline.aborted) onDeadline();
  return promise.finally(() => {
    socket.off(event, onEvent).off('error', onError).off('close', onClose);
    deadline.removeEventListener('abort', onDeadline);
  });
}

function ignore(): void {}
