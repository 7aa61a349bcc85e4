import type { PlannedFault } from './schedule.ts';
import type { Provider } from './phones.ts';
import type { Site } from './site.ts';
import { moods, type Mood } from './mood.ts';

/** Begins a fault, and resolves to the function that ends it. */
export async function begin(site: Site, sick: Provider, planned: PlannedFault): Promise<() => Promise<void>> {
  const { fault, which } = planned;
  const { signal } = fault;
  switch (fault.target) {
    case 'worker':
    case 'ingress': {
      const slot = (fault.target === 'worker' ? site.workers : site.ingresses)[which];
      if (signal !== undefined) slot.kill(signal);
      return () => Promise.resolve(signal === 'SIGSTOP' ? slot.kill('SIGCONT') : undefined);
    }
    case 'redis':
      if (signal === 'SIGSTOP') {
        site.redis.freeze();
        return () => Promise.resolve(site.redis.thaw());
      }
      await site.redis.kill();
      return () => site.redis.restart();
    case 'provider': {
      const provider = site.providers[sick];
      if (signal !== undefined) {
        provider.kill(signal);
        return () => Promise.resolve(provider.kill('SIGCONT'));
      }
      const feel = (mood: Mood): void => provider.write(mood);
      feel(fault.mood ?? moods.well);
      return () => Promise.resolve(feel(moods.well));
    }
    default:
      return fault.target satisfies never;
  }
}
