import { styleText } from 'node:util';
import type { Finding } from './finding.ts';

const marks = {
  good: ['✓', 'green'],
  warning: ['!', 'yellow'],
  bad: ['✗', 'red'],
} as const;

/** A finding as one line: its mark, what it is about, what was found, and the cure. */
export function reportLine(finding: Finding, coloured: boolean): string {
  const [sign, colour] = marks[finding.kind];
  const mark = coloured ? styleText(colour, sign, { validateStream: false }) : sign;
  const cure = finding.kind === 'good' || finding.cure === undefined ? '' : `: ${finding.cure}`;
  return `${mark} ${finding.what}: ${finding.detail}${cure}\n`;
}

/** The last line: whether Carillon can start. */
export function verdictLine(findings: readonly Finding[]): string {
  const count = (kind: Finding['kind']): number => findings.filter((finding) => finding.kind === kind).length;
  const bad = count('bad');
  const warnings = count('warning');
  const noted = warnings === 0 ? '' : `, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`;
  return bad === 0 ? `All well${noted}.\n` : `${bad} ${bad === 1 ? 'problem' : 'problems'}${noted}.\n`;
}
