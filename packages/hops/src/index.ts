export type { Hop, HopClass, HopKind, NewHop } from './hop.ts';
export { createHopRecorder, recordsNothing } from './hop-recorder.ts';
export type { HopObserver, HopRecorder, HopRecorderOptions } from './hop-recorder.ts';
export type { HopRedis } from './hop-redis.ts';
export { findHops } from './find-hops.ts';
export type { FoundHops, HopQuestion, SampledPeriod } from './find-hops.ts';
export type { Way } from './ways.ts';
