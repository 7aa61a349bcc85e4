export { createEventPoster } from './event-poster.ts';
export type { EventPoster, EventPosterOptions } from './event-poster.ts';
export type { EventObserver } from './event-queue.ts';
