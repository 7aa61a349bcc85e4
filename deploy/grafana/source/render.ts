import {
  LegendDisplayMode,
  LegendPlacement,
  TooltipDisplayMode,
  SortOrder,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  VariableRefresh,
  VariableSort,
  type Dashboard,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as NumberBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as RowsBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as LinesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { DashboardPlan, PanelPlan, Query } from './plan.ts';

/** Chosen at the top of the dashboard, so that it fits every Grafana; the provisioned Prometheus is the default. */
const datasource = { type: 'prometheus', uid: '${datasource}' };
const tag = 'carillon';

/** The dashboard as Grafana 10 and later read it from a file. */
export function renderDashboard(plan: DashboardPlan): Dashboard {
  const dashboard = new DashboardBuilder(plan.title)
    .uid(plan.uid)
    .description(plan.description)
    .tags([tag])
    .timezone('browser')
    .refresh('30s')
    .time({ from: 'now-3h', to: 'now' })
    .tooltip(DashboardCursorSync.Crosshair)
    .link(
      new DashboardLinkBuilder('Carillon')
        .type(DashboardLinkType.Dashboards)
        .tags([tag])
        .keepTime(true)
        .includeVars(true),
    )
    .withVariable(new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'));
  if (plan.ofOneApp) {
    dashboard.withVariable(
      new QueryVariableBuilder('app')
        .label('App')
        .datasource(datasource)
        .query('label_values(carillon_app_info, app)')
        .refresh(VariableRefresh.OnTimeRangeChanged)
        .sort(VariableSort.AlphabeticalAsc),
    );
  }
  let id = 0;
  for (const { title, panels } of plan.rows) {
    dashboard.withRow(new RowBuilder(title).id((id += 1)));
    for (const panel of panels) dashboard.withPanel(panelOf(panel).id((id += 1)));
  }
  return dashboard.build();
}

function panelOf(plan: PanelPlan) {
  switch (plan.kind) {
    case 'number':
      return described(new NumberBuilder(), plan)
        .height(5)
        .targets(plan.queries.map((query) => target(query).instant()));
    case 'rows':
      return described(new RowsBuilder(), plan)
        .height(8)
        .noValue('none')
        .targets(plan.queries.map((query) => target(query).instant().format(PromQueryFormat.Table)))
        .withTransformation({ id: 'organize', options: { excludeByName: { Time: true } } });
    case 'lines':
      return described(new LinesBuilder(), plan)
        .height(8)
        .min(0)
        .fillOpacity(8)
        .dataLinks(plan.queries.some(({ legend }) => legend.includes('{{app}}')) ? [toItsApp()] : [])
        .legend(
          new VizLegendOptionsBuilder()
            .displayMode(LegendDisplayMode.List)
            .placement(LegendPlacement.Bottom)
            .showLegend(true),
        )
        .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
        .targets(plan.queries.map((query) => target(query).range()));
    default:
      return plan.kind satisfies never;
  }
}

/** From a line of the overview to the dashboard of its app. */
function toItsApp(): DashboardLinkBuilder {
  return new DashboardLinkBuilder('This app').url(
    '/d/carillon-app?var-app=${__field.labels.app}&${__url_time_range}',
  );
}

function described<Builder extends NumberBuilder | RowsBuilder | LinesBuilder>(
  builder: Builder,
  { title, question, unit, width, colours }: PanelPlan,
): Builder {
  builder.title(title).description(question).unit(unit).span(width).datasource(datasource);
  if (colours !== undefined) {
    const [usual, ...steps] = colours;
    builder.thresholds(
      new ThresholdsConfigBuilder()
        .mode(ThresholdsMode.Absolute)
        .steps([{ value: null, color: usual }, ...steps.map(([value, color]) => ({ value, color }))]),
    );
  }
  return builder;
}

function target({ expr, legend }: Query): DataqueryBuilder {
  return new DataqueryBuilder().datasource(datasource).expr(expr).legendFormat(legend);
}
