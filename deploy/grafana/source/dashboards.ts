import { oneApp } from './one-app.ts';
import { overview } from './overview.ts';
import type { DashboardPlan } from './plan.ts';

/** Every dashboard, by the name of its file under `deploy/grafana/dashboards`. */
export const dashboards: Readonly<Record<string, DashboardPlan>> = {
  'overview.json': overview,
  'one-app.json': oneApp,
};
