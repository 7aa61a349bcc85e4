import { listCommand as appsList } from '../apps/list-command.ts';
import { drainCommand } from '../apps/drain-command.ts';
import { pauseCommand } from '../apps/pause-command.ts';
import { resumeCommand } from '../apps/resume-command.ts';
import { checkCommand } from '../check/check-command.ts';
import { consoleCommand } from '../console/console-command.ts';
import { dropCommand } from '../dead/drop-command.ts';
import { listCommand as deadList } from '../dead/list-command.ts';
import { forgetCommand } from '../pushkeys/forget-command.ts';
import { listCommand as pushkeysList } from '../pushkeys/list-command.ts';
import { showCommand as pushkeysShow } from '../pushkeys/show-command.ts';
import { eraseCommand } from '../erase/erase-command.ts';
import { retryCommand } from '../dead/retry-command.ts';
import { showCommand } from '../dead/show-command.ts';
import { sendCommand } from '../send/send-command.ts';
import { ingressCommand } from '../serving/ingress-command.ts';
import { startCommand } from '../serving/start-command.ts';
import { workerCommand } from '../serving/worker-command.ts';
import { topCommand } from '../top/top-command.ts';
import { traceCommand } from '../trace/trace-command.ts';
import type { Command } from './command.ts';

/** Every command, in the order of the help. Of the actions of a group the first is also what its name alone means. */
export const commands: readonly Command[] = [
  ingressCommand,
  workerCommand,
  startCommand,
  checkCommand,
  sendCommand,
  topCommand,
  consoleCommand,
  appsList,
  pauseCommand,
  resumeCommand,
  drainCommand,
  deadList,
  showCommand,
  retryCommand,
  dropCommand,
  traceCommand,
  pushkeysList,
  pushkeysShow,
  forgetCommand,
  eraseCommand,
];
