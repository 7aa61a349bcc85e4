export { apnsAnswers } from './answers.ts';
export type { ApnsAnswerRow } from './answers.ts';
export { apnsModule } from './provider.ts';
