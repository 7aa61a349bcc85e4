export { createAppMatcher } from './app-match.ts';
export type { AppMatch, AppMatcher } from './app-match.ts';
export { withoutUnwantedCounts } from './badge-switch.ts';
export { readDateHeader } from './clock-reading.ts';
export type { ClockReading } from './clock-reading.ts';
export { decodeDelivery, encodeDelivery } from './delivery-codec.ts';
export type { DeliveryPlace, StoredDelivery } from './delivery-codec.ts';
export { isAboutEvent, isBadgeUpdate, laneOf, lanes } from './delivery.ts';
export type { Delivery, Lane } from './delivery.ts';
export { createGlob, globsOverlap, isGlob } from './glob.ts';
export { deliveryIdentity, registrationKey, withAddress } from './identity.ts';
export type { Counts, Device, Notification, NotifyRequest, Prio } from './notification.ts';
export { parseNotifyRequest } from './notify-request.ts';
export type { ParsedRequest, RequestProblem } from './notify-request.ts';
export { eventKinds } from './operator-event.ts';
export type { EventKind, EventSink, OperatorEvent } from './operator-event.ts';
export { outcomeKinds } from './outcome.ts';
export type { Dead, Delivered, Later, Misconfigured, Outcome, OutcomeKind, Refused } from './outcome.ts';
export { SettingError } from './provider.ts';
export type {
  AnswerMeaning,
  DryRun,
  ExpiringCredential,
  Provider,
  ProviderApp,
  ProviderContext,
  ProviderLog,
  ProviderModule,
  ProviderObserver,
  ReachedPlace,
  SecondTransport,
  SettingProblem,
} from './provider.ts';
export { withUnifiedPush } from './unified-push.ts';
export { reachProblem } from './reach-problem.ts';
export type { DialFailure, ReachCause, ReachProblem } from './reach-problem.ts';
export { readRetryAfter } from './retry-after.ts';
export { decideRetry } from './retry-policy.ts';
export type { Backoff, RetryDecision, RetryInput } from './retry-policy.ts';
export { maxSettingFileBytes, readSettingFile } from './setting-file.ts';
export type { SettingFile } from './setting-file.ts';
export { caFile, commonAppSettings, duration, filePath, originUrl, settingFiles, size } from './settings.ts';
export type { MaxAge, SettingRange } from './settings.ts';
