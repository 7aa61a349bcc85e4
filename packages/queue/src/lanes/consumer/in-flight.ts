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
  /** Resolves when nothing of these queues is, what begins meanwhile included. */
  settled(queues: Choice): Promise<void>;
  /** Gives up what is: whatever its sends say comes too late. */
  abandon(queues: Choice): readonly { readonly job: TakenJob; readonly delivery: Delivery | undefined }[];
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
    async settled(queues) {
      for (;;) {
        const works = [...entries].filter(([job]) => queues(job.queue)).map(([, work]) => work);
        if (works.length === 0) return;
        await Promise.all(works);
      }
    },
    abandon(queues) {
      const jobs = [...entries.keys()].filter(({ queue }) => queues(queue));
      for (const job of jobs) abandoned.add(job);
      return jobs.map((job) => ({ job, delivery: deliveries.get(job) }));
    },
    isAbandoned: (job) => abandoned.has(job),
  };
}
