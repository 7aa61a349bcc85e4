export { apnsAnswers } from './answers/table.ts';
export type { ApnsAnswerRow } from './answers/answer-row.ts';
export { apnsModule } from './provider.ts';
