import { command } from '../command-line/command.ts';
import { jsonReport, listReport } from './letters-report.ts';
import { factsOf, openLetters } from './open-letters.ts';

export const listCommand = command({
  name: 'dead list',
  summary: 'deliveries that crashed their workers or cannot be read',
  options: {
    app: {
      type: 'string',
      value: 'GLOB',
      multiple: true,
      help: 'only of these apps; may be given several times',
    },
    json: { type: 'boolean', help: 'for programs' },
  },
  examples: ['carillon dead list', "carillon dead list --app 'com.example.*' --json"],
  read: ({ configPath, values: { app, json } }) => ({ configPath, apps: app, json }),
  async run({ json, ...which }, { providers, output }) {
    using opened = await openLetters({ ...which, providers });
    const facts = factsOf(await opened.all());
    output.write(json ? jsonReport(facts) : listReport(facts, Date.now()));
    return 'ok';
  },
});
