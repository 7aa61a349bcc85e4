import type { ProviderModule } from '@carillon/core';
import type { AppConfig } from '@carillon/runtime';

/**
 * A pushkey as an operator has it, and as the door writes it down for each app. Apple's tokens are base64 there and hex wherever
 * else an operator meets them.
 */
export function spellingsOf(
  pushkey: string,
  apps: readonly Pick<AppConfig, 'type' | 'settings'>[],
  providers: readonly ProviderModule[],
): readonly string[] {
  const texts = hexToken.test(pushkey)
    ? [pushkey, Buffer.from(pushkey, 'hex').toString('base64')]
    : [pushkey];
  const spell = (text: string): readonly string[] =>
    apps.map(({ type, settings }) => {
      const provider = providers.find(({ types }) => types[0] === type);
      return provider?.spelling?.(text, settings) ?? text;
    });
  return [...new Set(texts.flatMap((text) => [text, ...spell(text)]))];
}

const hexToken = /^(?:[0-9a-f]{2}){16,200}$/i;
