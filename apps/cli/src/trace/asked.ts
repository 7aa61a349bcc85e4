import type { HopQuestion } from '@carillon/hops';

/** What pushes are asked for by: everything that is given has to be true. */
export interface Asked extends Omit<HopQuestion, 'pushkeys' | 'withinMs'> {
  readonly pushkey?: string;
}
