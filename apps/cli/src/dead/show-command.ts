import { deadLetterId, type DeadLetterRef } from '@carillon/queue';
import { OperatorError } from '@carillon/runtime';
import { command } from '../command-line/command.ts';
import { usageError } from '../command-line/options.ts';
import { letterRef } from './letter-choice.ts';
import { jsonReport, showReport } from './letters-report.ts';
import { factsOf, openLetters } from './open-letters.ts';

export const showCommand = command({
  name: 'dead show',
  summary: 'all that may be told of dead letters; secrets are hidden',
  words: 'ID…',
  options: { json: { type: 'boolean', help: 'for programs' } },
  examples: ['carillon dead show com.example.app.ios/0/high/17'],
  exits: { failure: 'One of them is not there.' },
  read({ configPath, values: { json }, words }) {
    if (words.length === 0) throw usageError('dead show', 'give the id of a dead letter');
    return { configPath, json, refs: words.map((word) => letterRef('dead show', word)) };
  },
  async run({ configPath, json, refs }, { providers, output }) {
    using opened = await openLetters({ configPath, apps: [], providers });
    const found = await opened.asked(Promise.all(refs.map((ref) => opened.letters.read(ref))));
    const facts = factsOf(found.map((letter, index) => letter ?? missing(refs[index])));
    output.write(json ? jsonReport(facts) : showReport(facts, Date.now()));
    return 'ok';
  },
});

function missing(ref: DeadLetterRef | undefined): never {
  throw new OperatorError(`There is no dead letter ${ref === undefined ? '' : deadLetterId(ref)}`, {
    cure: 'it was retried, dropped, or pushed out by later ones; `carillon dead list` has those that there are',
    exit: 'failure',
  });
}
