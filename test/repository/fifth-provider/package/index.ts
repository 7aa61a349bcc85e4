export { bellAnswers } from './answers/table.ts';
export { bellModule } from './provider.ts';
