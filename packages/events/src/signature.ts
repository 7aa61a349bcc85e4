import { createHmac } from 'node:crypto';

/**
 * The headers by which a receiver knows that a post is ours, as Standard Webhooks has them: HMAC-SHA256 over id, time
 * and body. The time keeps an old post from being played again; the id is the same for each try of one batch.
 */
export function signatureHeaders(
  secret: Buffer,
  { id, seconds, body }: { readonly id: string; readonly seconds: number; readonly body: string },
): Readonly<Record<string, string>> {
  const signature = createHmac('sha256', secret).update(`${id}.${seconds}.${body}`).digest('base64');
  return {
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': `v1,${signature}`,
  };
}

/** `whsec_` and base64, as libraries of Standard Webhooks write a secret, or any other text as it is. */
export function secretBytes(secret: string): Buffer {
  const [, base64] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? [];
  return base64 === undefined ? Buffer.from(secret) : Buffer.from(base64, 'base64');
}
