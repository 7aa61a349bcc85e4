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
