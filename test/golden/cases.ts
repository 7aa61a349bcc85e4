import type { GoldenCase } from './golden-case.ts';
import { apnsCases, fcmCases, webpushCases } from './provider-cases.ts';
import { sharedCases } from './shared-cases.ts';

/** Each name is there once for a provider. */
export const goldenCases: readonly GoldenCase[] = [
  ...sharedCases,
  ...apnsCases.map((one) => ({ provider: 'apns' as const, ...one })),
  ...fcmCases.map((one) => ({ provider: 'fcm' as const, ...one })),
  ...webpushCases.map((one) => ({ provider: 'webpush' as const, ...one })),
];
