import { iosApp, iosPushkey } from '../installation/installation.ts';

export type Provider = 'apns' | 'fcm';
export const appOf: Readonly<Record<Provider, string>> = { apns: iosApp, fcm: 'com.example.app.android' };

/** Phones of each app; of every hundred, these last have been uninstalled. */
export const phones = 500;
const deadOfHundred = 3;

export function isDead(phone: number): boolean {
  return phone % 100 >= 100 - deadOfHundred;
}

/** The pushkey of a phone: for FCM as long as real ones, with the number where the provider can read it. */
export function pushkeyOf(provider: Provider, phone: number): string {
  if (provider === 'apns') return iosPushkey(phone);
  return `fcmInstanceId000000000:APA91b${'x'.repeat(120)}${phone.toString(16).padStart(8, '0')}`;
}

/** For a provider: whether the token that it sees, whose last eight hexadecimal digits are the number, is dead. */
export function isDeadPhone(token: string): boolean {
  return isDead(Number.parseInt(token.slice(-8), 16));
}
