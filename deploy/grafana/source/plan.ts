/** A dashboard in our own form: questions, and the queries that answer them. `render.ts` makes Grafana's form of it. */
export interface DashboardPlan {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** Whether it is about the one app that the variable `app` names. */
  readonly ofOneApp: boolean;
  readonly rows: readonly RowPlan[];
}

export interface RowPlan {
  readonly title: string;
  readonly panels: readonly PanelPlan[];
}

export interface PanelPlan {
  readonly title: string;
  /** What the panel answers, for its tooltip and for docs/observability.md. */
  readonly question: string;
  /** One number for each series; a line for each series over time; a row for each series. */
  readonly kind: 'number' | 'lines' | 'rows';
  readonly unit: Unit;
  readonly queries: readonly Query[];
  /** Of the 24 columns. */
  readonly width: number;
  /** From these values on the colour changes: the first is the usual state's. */
  readonly colours?: readonly [Colour, ...(readonly [from: number, colour: Colour])[]];
}

export interface Query {
  readonly expr: string;
  /** What a series is called: `{{app}}` stands for its label. */
  readonly legend: string;
}

export type Colour = 'green' | 'yellow' | 'red' | 'blue';

/** Grafana's names of units. */
export type Unit = 'none' | 's' | 'percentunit' | 'reqps' | 'suffix:/s' | 'bytes' | 'short';
