import { readFileSync } from 'node:fs';

/** Microseconds of CPU, user and system, that a process and its threads have used. Steps of 10 ms. */
export function cpuMicroseconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name of the program, in brackets, may hold blanks; utime and stime are the 14th and 15th field.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return ticks * (1_000_000 / ticksPerSecond);
}

/** USER_HZ, which Linux fixes at 100 for everything it shows in /proc. */
const ticksPerSecond = 100;
