import { expect, test } from 'vitest';
import { checked, type CheckedFinding, type Finding } from './finding.ts';
import { createReport } from './report.ts';

function setup(json = false) {
  let text = '';
  const report = createReport({ output: { write: (more) => (text += more) }, coloured: false, json });
  return { report, lines: () => text.trimEnd().split('\n') };
}

const good = (what: string): Finding => ({ kind: 'good', what, detail: 'is well' });
const bad: Finding = { kind: 'bad', what: 'apps.a', detail: 'is sick', cure: 'heal it', exit: 'unavailable' };

function goodOnes(count: number): readonly CheckedFinding[] {
  return checked(
    'reach',
    Array.from({ length: count }, (_, n) => good(`redis ${n}`)),
  );
}

test('a problem stands at the end, again, where more came after it than a terminal shows', () => {
  const { report, lines } = setup();
  report.tell(checked('dry_run', [bad]));
  report.tell(goodOnes(100));

  expect(report.end()).toBe('unavailable');
  expect(lines()[0]).toBe('✗ apps.a: is sick: heal it');
  expect(lines().slice(-3)).toEqual(['', '✗ apps.a: is sick: heal it', '1 problem.']);
});

test('a problem that is the last line already is told once', () => {
  const { report, lines } = setup();
  report.tell([...goodOnes(1), ...checked('dry_run', [bad])]);
  report.end();

  expect(lines()).toEqual(['✓ redis 0: is well', '✗ apps.a: is sick: heal it', '1 problem.']);
});

test('what is the same of many apps is one line, but for programs', () => {
  const warnings = checked(
    'expiry',
    Array.from({ length: 60 }, (_, n): Finding => ({
      kind: 'warning',
      what: `apps.app${n}.ca_file`,
      detail: 'ca.pem is valid until 2026-12-01, 5 days left',
      cure: 'renew it',
    })),
  );
  const people = setup();
  people.report.tell([...warnings, ...checked('credentials', [good('apps.app1'), good('apps.app2')])]);
  people.report.end();
  const programs = setup(true);
  programs.report.tell(warnings);
  programs.report.end();

  expect(people.lines()).toEqual([
    '! apps.app0.ca_file and 59 more: ca.pem is valid until 2026-12-01, 5 days left: renew it',
    '✓ apps.app1 and 1 more: is well',
    'No problem, 1 warning.',
  ]);
  const { findings } = JSON.parse(programs.lines().join('\n')) as { readonly findings: readonly object[] };
  expect(findings).toHaveLength(60);
});
