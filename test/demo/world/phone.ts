import { randomBytes } from 'node:crypto';
import { androidApp, iosApp } from '../installation/configuration.ts';

/** An app on a phone: what it registers with its homeserver, and what its provider knows it by. */
export interface Phone {
  /** Such as `Alice's iPhone`. */
  readonly name: string;
  readonly appId: string;
  readonly pushkey: string;
  /** The pushkey as the provider sees it. */
  readonly token: string;
}

/** Each installation of an app gets a token of its own. The pushkey is its base64, as Matrix clients send it. */
export function installOnIphone(name: string): Phone {
  const token = randomBytes(32);
  return { name, appId: iosApp, pushkey: token.toString('base64'), token: token.toString('hex') };
}

export function installOnAndroid(name: string): Phone {
  const token = `${randomBytes(8).toString('base64url')}:APA91b${randomBytes(90).toString('base64url')}`;
  return { name, appId: androidApp, pushkey: token, token };
}
