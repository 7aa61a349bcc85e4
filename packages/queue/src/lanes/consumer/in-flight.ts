import type { Delivery } from '@carillon/core';
import type { TakenJob } from './turn.ts';

/** What a worker is sending from one shard. */
export interface InFlight {
  add(job: TakenJob, work: Promise<void>): void;
  /** Tells what is being sent, as soon as it could be read. */
  read(job: TakenJob, delivery: Delivery): void;
  remove(job: TakenJob): void;
  isEmpty(): boolean;
  jobs(): Iterable<TakenJob>;
  /** Of each queue that has any. */
  counts(): ReadonlyMap<string, number>;
  of(queues: Choice): readonly TakenJob[];
  /** Resolves when none of these is any more. */
  settled(jobs: readonly TakenJob[]): Promise<void>;
  /** Gives up those that still are: whatever their sends say comes too late. */
  abandon(
    jobs: readonly TakenJob[],
  ): readonly { readonly job: TakenJob; readonly delivery: Delivery | undefined }[];
  isAbandoned(job: TakenJob): boolean;
}

/** By the queue's name. */
export type Choice = (queue: string) => boolean;

export function createInFlight(): InFlight {
  const entries = new Map<TakenJob, Promise<void>>();
  const deliveries = new Map<TakenJob, Delivery>();
  const abandoned = new WeakSet<TakenJob>();
  const counts = new Map<string, number>();

  return {
    add(job, work) {
      entries.set(job, work);
      counts.set(job.queue, (counts.get(job.queue) ?? 0) + 1);
    },
    read: (job, delivery) => void deliveries.set(job, delivery),
    remove(job) {
      deliveries.delete(job);
      if (!entries.delete(job)) return;
      const left = (counts.get(job.queue) ?? 0) - 1;
      if (left > 0) counts.set(job.queue, left);
      else counts.delete(job.queue);
    },
    isEmpty: () => entries.size === 0,
    jobs: () => entries.keys(),
    counts: () => counts,
    of: (queues) => [...entries.keys()].filter(({ queue }) => queues(queue)),
    async settled(jobs) {
      await Promise.all(jobs.flatMap((job) => entries.get(job) ?? []));
    },
    abandon(jobs) {
      const left = jobs.filter((job) => entries.has(job));
      for (const job of left) abandoned.add(job);
      return left.map((job) => ({ job, delivery: deliveries.get(job) }));
    },
    isAbandoned: (job) => abandoned.has(job),
  };
}
