export { startWorker } from './start-worker.ts';
export type { StartedWorker, WorkerChoice, WorkerOptions } from './start-worker.ts';
