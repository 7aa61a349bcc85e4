import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { iosPushkey } from '../installation/installation.ts';

export type ProviderType = 'apns' | 'fcm' | 'webpush';

/** Apps with real phones, one for each provider. */
export const realApps = {
  apns: 'com.example.real.ios',
  fcm: 'com.example.real.android',
  webpush: 'com.example.real.web',
} as const satisfies Readonly<Record<ProviderType, string>>;

/** Of each provider; so few that each phone rings every few seconds. */
export const phones = 50;

/** Push servers by their addresses: that of real browsers, and those of strangers. At each, every real browser's keys have an endpoint. */
export const pushServers = {
  real: '127.0.0.1',
  throttling: '127.0.0.2',
  inMaintenance: '127.0.0.3',
  echoing: '127.0.0.4',
  stealing: '127.0.0.5',
} as const;

export interface AbuseDevice {
  readonly app_id: string;
  readonly pushkey: string;
  readonly data?: { readonly endpoint: string; readonly auth: string };
}

/** The devices with endpoints at one of the push servers, as a stand-in has written them into the folder. */
export function browsersAt(server: keyof typeof pushServers, dir: string): readonly AbuseDevice[] {
  const devices = JSON.parse(readFileSync(join(dir, 'webpush-devices.json'), 'utf8')) as Record<
    string,
    readonly Omit<AbuseDevice, 'app_id'>[]
  >;
  return (devices[server] ?? []).map((device) => ({ app_id: realApps.webpush, ...device }));
}

/** All real phones, of one provider after the other in turn. */
export function realPhones(dir: string): readonly AbuseDevice[] {
  const browsers = browsersAt('real', dir);
  return browsers.flatMap((browser, phone) => [
    { app_id: realApps.apns, pushkey: iosPushkey(phone) },
    { app_id: realApps.fcm, pushkey: `real-phone-${phone}` },
    browser,
  ]);
}
