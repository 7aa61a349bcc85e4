import { stringify } from 'yaml';
import type { Alert, AlertGroup } from './alert.ts';
import { apps } from './apps.ts';
import { processes } from './processes.ts';
import { promises } from './promises.ts';

export const alertGroups: readonly AlertGroup[] = [promises, apps, processes];

/** All alerts as a rule file of Prometheus, for `rule_files`. */
export function alertRules(groups: readonly AlertGroup[] = alertGroups): string {
  return stringify(
    { groups: groups.map(({ name, alerts }) => ({ name, rules: alerts.map(ruleOf) })) },
    { lineWidth: 0 },
  );
}

function ruleOf({ name, expr, severity, summary, description, ...alert }: Alert): object {
  return {
    alert: name,
    expr,
    ...(alert.for !== undefined && { for: alert.for }),
    labels: { severity },
    annotations: { summary, description, runbook: `docs/runbook.md#${name.toLowerCase()}` },
  };
}
