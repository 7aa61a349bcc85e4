/**
 * The device token for APNs's path, in hex, or undefined when the pushkey cannot be one.
 *
 * A pushkey is base64 of the token (Matrix Push Gateway API: "for APNS, the token should be base64 encoded"), or
 * the hex itself where the app is configured so. Both base64 alphabets are read, with or without padding; blanks
 * and line breaks, which some encoders put in, do no harm. Nothing else is guessed: a token that is decoded
 * wrongly is somebody else's or nobody's.
 *
 * Apple says never to assume a length. Tokens have 32 bytes today, and some kinds more than 80; what is outside of
 * 16 to 200 bytes is none.
 */
export function deviceToken(pushkey: string, isBase64: boolean): string | undefined {
  if (!isBase64) return hexToken.test(pushkey) ? pushkey : undefined;
  let text = pushkey;
  if (!base64.test(text)) {
    text = text.replaceAll(/\s+/g, '');
    if (!base64.test(text)) return undefined;
  }
  const digits = text.endsWith('=') ? text.replace(/=+$/, '') : text;
  if (digits.length % 4 === 1 || (digits.length !== text.length && text.length % 4 !== 0)) return undefined;
  const bytes = Buffer.from(digits, 'base64');
  return bytes.length >= 16 && bytes.length <= 200 ? bytes.toString('hex') : undefined;
}

/**
 * One spelling for all pushkeys that are read as the same token: a phone must not be as many registrations as its token has
 * spellings.
 */
export function spelling(pushkey: string, isBase64: boolean): string {
  const token = deviceToken(pushkey, isBase64);
  if (token === undefined) return pushkey;
  return isBase64 ? Buffer.from(token, 'hex').toString('base64') : token.toLowerCase();
}

const base64 = /^[A-Za-z0-9+/_-]+={0,2}$/;
/** 16 to 200 bytes. */
const hexToken = /^(?:[0-9a-fA-F]{2}){16,200}$/;
