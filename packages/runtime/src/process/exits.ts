/**
 * How a process of Carillon ends. Numbers from 64 on are those of BSD's `sysexits.h`, which systemd and most
 * supervisors know by name.
 *
 * A second SIGINT or SIGTERM ends the process at once with the shell's 128 + signal: 130 or 143.
 */
export const exits = {
  ok: { code: 0, meaning: 'Done, or stopped on request with nothing lost.' },
  failure: { code: 1, meaning: 'Something unexpected, or a stop that did not end in time; the log has it.' },
  usage: { code: 2, meaning: 'The command line is wrong.' },
  unavailable: {
    code: 69,
    meaning: 'Something outside is missing or in the way: a port, Redis, a provider.',
  },
  configuration: { code: 78, meaning: 'The configuration or a file that it names is wrong.' },
} as const;

export type Exit = keyof typeof exits;
