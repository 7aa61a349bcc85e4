import { spawnSync } from 'node:child_process';
import { OperatorError } from '@carillon/runtime';

/** Throws an `OperatorError` for a program that the demo starts and that is not installed. */
export function requirePrograms(): void {
  const missing = [
    ['redis-server', '--version'],
    ['openssl', 'version'],
  ].flatMap(([program = '', ...args]) =>
    spawnSync(program, args, { stdio: 'ignore' }).error === undefined ? [] : [program],
  );
  if (missing.length === 0) return;
  throw new OperatorError(`Not installed: ${missing.join(', ')}`, {
    cure: 'script/start installs what is missing on Debian and Ubuntu; elsewhere use the package manager of the system',
    exit: 'unavailable',
  });
}
