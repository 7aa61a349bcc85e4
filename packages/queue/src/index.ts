export { createBacklogReader, readBacklog } from './lanes/depths/backlog-reader.ts';
export type { Backlog, BacklogReader, BacklogReaderOptions } from './lanes/depths/backlog-reader.ts';
export { admissions, createAdmissionDesk } from './lanes/admission/admission.ts';
export type {
  Admission,
  AdmissionDesk,
  AdmissionOptions,
  AdmissionRequest,
} from './lanes/admission/admission.ts';
export { createBadges } from './state/badges.ts';
export type { Badges } from './state/badges.ts';
export { createConsumer } from './lanes/consumer/consumer.ts';
export type { Consumer, ConsumerOptions, Serving } from './lanes/consumer/consumer.ts';
export type { ConsumerObserver } from './lanes/consumer/one-delivery.ts';
export type { ServedApp, Settlement } from './lanes/consumer/served-queues.ts';
export { queueName } from './layout/keys.ts';
export type { LaneRef, QueueRef } from './layout/keys.ts';
export { createShardRegistry, readShards } from './layout/shard-registry.ts';
export type { ShardRegistry } from './layout/shard-registry.ts';
export { fixedShards } from './layout/shards.ts';
export type { Shards } from './layout/shards.ts';
export { guardLayout } from './layout/version.ts';
export type { LayoutGuard } from './layout/version.ts';
export { connectFailingFast, connectPatiently } from './redis/redis.ts';
export type { RedisClient, RedisServer, RedisSettings } from './redis/redis.ts';
export { createRateLimit } from './state/rate-limit.ts';
export type { RateLimit } from './state/rate-limit.ts';
export { createReplyDesk, sendReply } from './state/replies.ts';
export type { ExpectedReply, Reply, ReplyDesk } from './state/replies.ts';
export { deadLetterId, parseDeadLetterId } from './lanes/dead-letters/dead-letter-id.ts';
export type { DeadLetterRef } from './lanes/dead-letters/dead-letter-id.ts';
export { createDeadLetters } from './lanes/dead-letters/dead-letters.ts';
export type { DeadLetter, DeadLetters, RetryResult } from './lanes/dead-letters/dead-letters.ts';
export { addShards, allShards, readDepths } from './lanes/depths/depths.ts';
export type { LaneDepth, PutOff, QueueDepth } from './lanes/depths/depths.ts';
export { createFuseStore, longRow } from './state/fuse-store.ts';
export type {
  Clearance,
  Doubt,
  FuseCounts,
  FuseSettings,
  FuseStore,
  SuspectRow,
  Suspicion,
} from './state/fuse-store.ts';
export { createKnownRegistrations } from './state/known/known-registrations.ts';
export type { KnownRef, KnownRegistrations } from './state/known/known-registrations.ts';
export { createParking } from './state/parking.ts';
export type { ParkCause, ParkedApp, Parking, ParkKind } from './state/parking.ts';
export { createPauses, pauseOf } from './state/pauses.ts';
export type { Pause, Pauses } from './state/pauses.ts';
export { createRejections, registrationOf } from './state/rejections.ts';
export type { Registration, RejectionOptions, Rejections } from './state/rejections.ts';
export { createRedisClock, readRedisTime } from './redis/redis-clock.ts';
export type { RedisClock } from './redis/redis-clock.ts';
export { judgeFitness, readFacts, readFitness, readInfo } from './redis/redis-fitness.ts';
export type { NodeFitness, RedisFacts, RedisFinding, RedisProblem } from './redis/redis-fitness.ts';
export { beatEveryMs, createWorkerPresence, readWorkers, workersOf } from './state/worker-presence.ts';
export type { AppWorkers, PresentWorker, TakenLanes, WorkerPresence } from './state/worker-presence.ts';
export { createRegistrationMarks, hasMarks } from './state/registrations/registration-marks.ts';
export type {
  Marks,
  NamedRegistration,
  RegistrationMarks,
} from './state/registrations/registration-marks.ts';
export type { StoredRejection } from './state/registrations/stored-rejection.ts';
export { forgetRejections, rejectedRegistrations } from './state/registrations/rejected-registrations.ts';
export type { RejectedRegistration } from './state/registrations/rejected-registrations.ts';
export { eraseDeliveries, storedDeliveries } from './lanes/stored/stored-deliveries.ts';
export type { DeliveryState, StoredPlace } from './lanes/stored/stored-deliveries.ts';
