import { command } from '../command-line/command.ts';
import { choiceOptions, readChoice } from './letter-choice.ts';
import { retryOrDrop } from './retry-or-drop.ts';

export const retryCommand = command({
  name: 'dead retry',
  summary: 'puts dead letters back on their queues',
  words: '[ID…]',
  options: choiceOptions,
  examples: [
    'carillon dead retry com.example.app.ios/0/high/17',
    "carillon dead retry --all --app 'com.example.*'",
  ],
  exits: { failure: 'One that was named could not be retried.' },
  read: (given) => ({ configPath: given.configPath, choice: readChoice('dead retry', given) }),
  run: (input, context) => retryOrDrop('retry', { ...input, ...context }),
});
