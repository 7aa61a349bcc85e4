import type { ProviderModule } from '@carillon/core';

/**
 * A pushkey as an operator has it, and as the door writes it down for each type of app. Apple's tokens are base64 there
 * and hex wherever else an operator meets them.
 */
export function spellingsOf(pushkey: string, providers: readonly ProviderModule[]): readonly string[] {
  const texts = hexToken.test(pushkey)
    ? [pushkey, Buffer.from(pushkey, 'hex').toString('base64')]
    : [pushkey];
  return [
    ...new Set(
      texts.flatMap((text) => [text, ...providers.map((provider) => provider.spelling?.(text) ?? text)]),
    ),
  ];
}

const hexToken = /^(?:[0-9a-f]{2}){16,200}$/i;
