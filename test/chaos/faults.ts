import { moods, type Mood } from './mood.ts';

/** What goes wrong, and where. Those of one target never overlap. */
export interface Fault {
  readonly target: 'worker' | 'ingress' | 'redis' | 'provider';
  readonly meaning: string;
  /** Seconds from one to the next, and how long one lasts; 0 for what is over at once. */
  readonly every: number;
  readonly lasts: number;
  /** Of a process: the signal. What lasts ends with SIGCONT; what dies is started again, when `lasts` is over. */
  readonly signal?: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP';
  /** Of a provider. */
  readonly mood?: Mood;
}

export const faults = {
  'worker-kill': {
    target: 'worker',
    meaning: 'kill -9 of one of the two workers, which is started again at once',
    every: 5,
    lasts: 0,
    signal: 'SIGKILL',
  },
  'worker-stop': {
    target: 'worker',
    meaning: 'SIGTERM to a worker, which is started again when it has ended',
    every: 8,
    lasts: 0,
    signal: 'SIGTERM',
  },
  'worker-freeze': {
    target: 'worker',
    meaning: 'SIGSTOP of a worker: its event loop is blocked',
    every: 30,
    lasts: 12,
    signal: 'SIGSTOP',
  },
  'ingress-kill': {
    target: 'ingress',
    meaning: 'kill -9 of one of the two ingresses',
    every: 5,
    lasts: 0,
    signal: 'SIGKILL',
  },
  'ingress-stop': {
    target: 'ingress',
    meaning: 'SIGTERM to an ingress',
    every: 8,
    lasts: 0,
    signal: 'SIGTERM',
  },
  'ingress-freeze': {
    target: 'ingress',
    meaning: 'SIGSTOP of an ingress',
    every: 25,
    lasts: 5,
    signal: 'SIGSTOP',
  },
  'redis-kill': {
    target: 'redis',
    meaning: 'kill -9 of Redis, which is back after half a second',
    every: 10,
    lasts: 0.5,
    signal: 'SIGKILL',
  },
  'redis-away': {
    target: 'redis',
    meaning: 'Redis is killed and stays away',
    every: 90,
    lasts: 35,
    signal: 'SIGKILL',
  },
  'redis-freeze': {
    target: 'redis',
    meaning: 'SIGSTOP of Redis: connections stay, nothing is answered',
    every: 20,
    lasts: 5,
    signal: 'SIGSTOP',
  },
  'provider-errors': {
    target: 'provider',
    meaning:
      '20 % answered 503, 5 % reset (half of them after they rang), 0.5 % never answered, a GOAWAY a second',
    every: 40,
    lasts: 20,
    mood: moods.errors,
  },
  'provider-cuts': {
    target: 'provider',
    meaning: '10 % reset (half of them after they rang), and GOAWAYs',
    every: 15,
    lasts: 8,
    mood: moods.cuts,
  },
  'provider-outage': {
    target: 'provider',
    meaning: 'everything answered 503',
    every: 60,
    lasts: 20,
    mood: moods.outage,
  },
  'provider-throttle': {
    target: 'provider',
    meaning: '30 % answered 429 with Retry-After: 2',
    every: 30,
    lasts: 10,
    mood: moods.throttle,
  },
  'provider-down': {
    target: 'provider',
    meaning: 'every connection is reset',
    every: 40,
    lasts: 15,
    mood: moods.down,
  },
  'provider-dark': {
    target: 'provider',
    meaning: 'connections stay, nothing comes through any more',
    every: 60,
    lasts: 20,
    mood: moods.dark,
  },
  'provider-freeze': {
    target: 'provider',
    meaning: 'SIGSTOP of the provider: it answers everything much later',
    every: 60,
    lasts: 20,
    signal: 'SIGSTOP',
  },
} as const satisfies Readonly<Record<string, Fault>>;

export type FaultName = keyof typeof faults;
export const faultNames = Object.keys(faults) as readonly FaultName[];

export function faultOf(name: FaultName): Fault {
  return faults[name];
}
