import { exits, type Exit } from '@carillon/runtime';
import { markOf } from '../terminal/colours.ts';
import { exitOf, type CheckedFinding, type Finding } from './finding.ts';

export interface Report {
  tell(findings: readonly CheckedFinding[]): void;
  /** Writes the end, and returns how the process is to end. */
  end(): Exit;
}

export interface ReportOptions {
  readonly output: { write(text: string): unknown };
  readonly coloured: boolean;
  /** One JSON object at the end instead of lines as they come. */
  readonly json: boolean;
}

export function createReport({ output, coloured, json }: ReportOptions): Report {
  const all: CheckedFinding[] = [];
  const told: Finding[] = [];
  const lineOf = (finding: Finding): string => reportLine(finding, coloured);
  return {
    tell(findings) {
      all.push(...findings);
      if (json) return;
      const joined = joinAlike(findings);
      told.push(...joined);
      for (const finding of joined) output.write(lineOf(finding));
    },
    end() {
      if (json) output.write(`${JSON.stringify(jsonReport(all), undefined, 2)}\n`);
      else {
        const again = problemsAgain(told).map(lineOf).join('');
        output.write(`${again === '' ? '' : `\n${again}`}${verdictLine(told)}`);
      }
      return exitOf(all);
    },
  };
}

/** What is the same of several apps as one finding: they may share a file, a provider, a mistake. */
function joinAlike(findings: readonly CheckedFinding[]): readonly Finding[] {
  const groups = Map.groupBy(findings, ({ what, ...rest }) =>
    JSON.stringify(what.startsWith('apps.') ? rest : { ...rest, what }),
  );
  return [...groups.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return []; // a group has at least one
    return { ...first, what: others.length === 0 ? first.what : `${first.what} and ${others.length} more` };
  });
}

/** The problems, unless nothing came after them: a terminal may have scrolled them away. */
function problemsAgain(told: readonly Finding[]): readonly Finding[] {
  const first = told.findIndex(({ kind }) => kind === 'bad');
  const isScrolled = told.slice(first).some(({ kind }) => kind !== 'bad');
  return first >= 0 && isScrolled ? told.filter(({ kind }) => kind === 'bad') : [];
}

/** A finding as one line: its mark, what it is about, what was found, and the cure. */
function reportLine(finding: Finding, coloured: boolean): string {
  const cure = finding.kind === 'good' || finding.cure === undefined ? '' : `: ${finding.cure}`;
  return `${markOf(finding.kind, coloured)} ${finding.what}: ${finding.detail}${cure}\n`;
}

/** The last line: whether Carillon can start. */
function verdictLine(findings: readonly Finding[]): string {
  const bad = count(findings, 'bad');
  const warnings = count(findings, 'warning');
  const noted = warnings === 0 ? '' : `, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`;
  if (bad === 0) return warnings === 0 ? 'All well.\n' : `No problem${noted}.\n`;
  return `${bad} ${bad === 1 ? 'problem' : 'problems'}${noted}.\n`;
}

/** Its shape is documented (docs/operations.md): fields may be added, none is removed or changes its meaning. */
function jsonReport(findings: readonly CheckedFinding[]) {
  const exit = exitOf(findings);
  return {
    ok: exit === 'ok',
    exit_code: exits[exit].code,
    problems: count(findings, 'bad'),
    warnings: count(findings, 'warning'),
    findings: findings.map((finding) => ({
      check: finding.check,
      status: finding.kind,
      subject: finding.what,
      detail: finding.detail,
      ...(finding.kind !== 'good' && finding.cure !== undefined && { cure: finding.cure }),
    })),
  };
}

function count(findings: readonly Finding[], kind: Finding['kind']): number {
  return findings.filter((finding) => finding.kind === kind).length;
}
