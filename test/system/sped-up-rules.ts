import { parse, stringify } from 'yaml';

/** A minute of a rule becomes less than a second. */
const factor = 75;
/** Some scrapes, one a second, must lie in every window, and none is worth waiting for longer than the longest. */
const [shortestWindow, longestWindow] = [4, 15];
const secondsOf: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}

interface Rule {
  readonly expr: string;
  readonly for?: string;
}

/** The same rules with every window, offset and `for` shortened, so that what takes hours shows in seconds. Thresholds stay. */
export function spedUp(rules: string): string {
  const { groups } = parse(rules) as RuleFile; // the repository's tests hold it to this form
  return stringify(
    {
      groups: groups.map((group) => ({
        ...group,
        rules: group.rules.map((rule) => ({
          ...rule,
          expr: rule.expr
            .replaceAll(/\[(\w+)\]/g, (_, window: string) => `[${shortWindow(window)}]`)
            .replaceAll(/\boffset (\w+)/g, (_, offset: string) => `offset ${shortWindow(offset)}`),
          ...(rule.for !== undefined && { for: `${shortened(rule.for)}s` }),
        })),
      })),
    },
    { lineWidth: 0 },
  );
}

function shortWindow(duration: string): string {
  return `${Math.min(Math.max(shortened(duration), shortestWindow), longestWindow)}s`;
}

/** Whole seconds. */
function shortened(duration: string): number {
  const [, amount, unit = ''] = /^(\d+)([smhd])$/.exec(duration) ?? [];
  const seconds = secondsOf[unit];
  if (amount === undefined || seconds === undefined)
    throw new Error(`${duration} is no duration of one number and one unit`);
  return Math.ceil((Number(amount) * seconds) / factor);
}
