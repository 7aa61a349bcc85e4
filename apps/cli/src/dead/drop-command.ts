import { command } from '../command-line/command.ts';
import { choiceOptions, readChoice } from './letter-choice.ts';
import { retryOrDrop } from './retry-or-drop.ts';

export const dropCommand = command({
  name: 'dead drop',
  summary: 'throws dead letters away',
  words: '[ID…]',
  options: choiceOptions,
  examples: [
    'carillon dead drop com.example.app.ios/0/high/17',
    "carillon dead drop --all --app 'com.example.*'",
  ],
  exits: { failure: 'One that was named could not be dropped.' },
  read: (given) => ({ configPath: given.configPath, choice: readChoice('dead drop', given) }),
  run: (input, context) => retryOrDrop('drop', { ...input, ...context }),
});
