import { apnsCases, fcmCases, webpushCases } from './provider-cases.ts';
import { sharedCases } from './shared-cases.ts';

export type ProviderName = 'apns' | 'fcm' | 'webpush';
export type Fields = Readonly<Record<string, unknown>>;

/** One notify request to one device, and the settings of the device's app that matter for it. */
export interface GoldenCase {
  readonly provider: ProviderName;
  /** The name of its file. */
  readonly name: string;
  /** What the case shows, one sentence. */
  readonly shows: string;
  /** Of the app, beside its credentials. */
  readonly settings?: Fields;
  /** As the homeserver writes it, but for `devices`. */
  readonly notification: Fields;
  /** What the device has beside the usual `app_id` and `pushkey` of its provider, or instead of them. */
  readonly device?: Fields;
}

/** Each name is there once for a provider. */
export const goldenCases: readonly GoldenCase[] = [
  ...sharedCases,
  ...apnsCases.map((one) => ({ provider: 'apns' as const, ...one })),
  ...fcmCases.map((one) => ({ provider: 'fcm' as const, ...one })),
  ...webpushCases.map((one) => ({ provider: 'webpush' as const, ...one })),
];
