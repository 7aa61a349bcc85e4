import { errors } from './overview/errors.ts';
import { lateness } from './overview/lateness.ts';
import { objectives } from './overview/objectives.ts';
import { saturation } from './overview/saturation.ts';
import { traffic } from './overview/traffic.ts';
import type { DashboardPlan } from './plan.ts';

export const overview: DashboardPlan = {
  uid: 'carillon-overview',
  title: 'Carillon: overview',
  description: 'Whether pushes arrive and ring in time, who is sick, and what is full.',
  ofOneApp: false,
  rows: [objectives, traffic, lateness, errors, saturation],
};
