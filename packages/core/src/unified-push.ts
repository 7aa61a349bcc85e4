import { z } from 'zod';
import type { Delivery } from './delivery.ts';
import type { Device } from './notification.ts';
import type { Outcome } from './outcome.ts';
import { SettingError, type Provider, type ProviderContext, type ProviderModule } from './provider.ts';

/** The section of an app's entry that has the settings of its second transport. */
const section = 'unifiedpush';

/** With UnifiedPush the pushkey is the endpoint; no token has a colon there. */
function isEndpoint({ pushkey }: Device): boolean {
  return /^https:/i.test(pushkey);
}

/**
 * A provider whose apps may have pushkeys of UnifiedPush as well, where their entry has the section: one `app_id` of a client
 * that registers with either. Without the section nothing changes. What an endpoint is answered says nothing of the app's other
 * registrations: whose push server it is, the client has chosen (invariants 7 and 14).
 */
export function withUnifiedPush(module: ProviderModule, unifiedPush: ProviderModule): ProviderModule {
  const settingsOf = (settings: Settings): Settings | undefined => settings[section] as Settings | undefined;
  const inSection = (key: string): string => `${section}.${key}`;

  return {
    ...module,
    shape: {
      ...module.shape,
      [section]: z
        .strictObject(unifiedPush.shape, {
          error: `must be a map with the settings of an app of type ${unifiedPush.types[0]}`,
        })
        .optional(),
    },
    check(settings) {
      const own = settingsOf(settings);
      return [
        ...(module.check?.(settings) ?? []),
        ...(own === undefined ? [] : (unifiedPush.check?.(own) ?? [])).map(({ key, message }) => ({
          key: inSection(key),
          message,
        })),
      ];
    },
    second: (settings) =>
      settingsOf(settings) === undefined ? undefined : { takes: isEndpoint, module: unifiedPush },
    create({ name, settings }, context) {
      const { [section]: _, ...rest } = settings;
      const first = module.create({ name, settings: rest }, context);
      const own = settingsOf(settings);
      return own === undefined ? first : both(first, createSecond(name, own, context));
    },
  };

  function createSecond(name: string, settings: Settings, context: ProviderContext): Provider {
    try {
      const second = unifiedPush.create({ name, settings }, context);
      const { expiringCredentials } = second;
      return expiringCredentials === undefined
        ? second
        : {
            ...second,
            expiringCredentials: expiringCredentials.map((one) => ({
              ...one,
              setting: inSection(one.setting),
            })),
          };
    } catch (error) {
      if (!(error instanceof SettingError)) throw error;
      throw new SettingError(inSection(error.key), error.message, { cause: error });
    }
  }
}

type Settings = Readonly<Record<string, unknown>>;

function both(first: Provider, second: Provider): Provider {
  const providerOf = ({ device }: Delivery): Provider => (isEndpoint(device) ? second : first);
  return {
    async send(delivery) {
      const provider = providerOf(delivery);
      const outcome = await provider.send(delivery);
      return provider === second ? aside(outcome) : outcome;
    },
    server: (delivery) => providerOf(delivery).server?.(delivery),
    async reach() {
      return (await Promise.all([first.reach?.() ?? [], second.reach?.() ?? []])).flat();
    },
    ...(first.dryRun !== undefined && { dryRun: first.dryRun.bind(first) }),
    async close() {
      await Promise.all([first.close(), second.close()]);
    },
    expiringCredentials: [...(first.expiringCredentials ?? []), ...(second.expiringCredentials ?? [])],
  };
}

/** It speaks for its push service at most, never for the app. */
function aside(outcome: Outcome): Outcome {
  if (outcome.kind === 'dead' && outcome.suspect === true)
    return { ...outcome, suspect: 'origin', aside: true };
  return { ...outcome, aside: true };
}
