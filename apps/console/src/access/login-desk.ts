import { setTimeout as delay } from 'node:timers/promises';
import { isPasswordOf, type PasswordEntry } from './password.ts';

/** Tries passwords, so slowly that guessing is hopeless and never many at a time: each takes 32 MiB and a core. */
export interface LoginDesk {
  /** `busy`: not tried, since this address, or too many others, are being answered. */
  try(user: string, password: string, address: string): Promise<'right' | 'wrong' | 'busy'>;
}

export interface LoginDeskOptions {
  readonly users: ReadonlyMap<string, PasswordEntry>;
  /** How long a wrong password keeps its address waiting. */
  readonly wrongMs?: number;
}

const atATime = 4;

export function createLoginDesk({ users, wrongMs = 1_000 }: LoginDeskOptions): LoginDesk {
  /** Bounded by `atATime`. */
  const trying = new Set<string>();
  return {
    async try(user, password, address) {
      if (trying.has(address) || trying.size >= atATime) return 'busy';
      trying.add(address);
      try {
        if (await isPasswordOf(users.get(user), password)) return 'right';
        await delay(wrongMs, undefined, { ref: false });
        return 'wrong';
      } finally {
        trying.delete(address);
      }
    },
  };
}
