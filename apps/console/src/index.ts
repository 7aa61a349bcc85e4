export { passwordLine, readPasswordFile, userPattern } from './access/password.ts';
export type { PasswordEntry } from './access/password.ts';
export { sendEnds } from './source.ts';
export type {
  AppNow,
  CallerNow,
  Change,
  ChangeResult,
  ConsoleSource,
  DeadLetterFacts,
  Finding,
  Flow,
  HopFacts,
  LaneNow,
  Note,
  Now,
  ProcessNow,
  PushAnswer,
  PushQuestion,
  WayFacts,
} from './source.ts';
export { startConsole } from './start-console.ts';
export type { ConsoleOptions } from './start-console.ts';
