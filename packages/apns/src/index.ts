export { apnsAnswers } from './answers.ts';
export type { ApnsAnswerRow } from './answer-row.ts';
export { apnsModule } from './provider.ts';
