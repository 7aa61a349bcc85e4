export { startWorker } from './start-worker.ts';
export type { StartedWorker, WorkerOptions } from './start-worker.ts';
export type { WorkerChoice } from './worker-choice.ts';
