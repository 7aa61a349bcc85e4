import { dashboards } from '../../deploy/grafana/source/dashboards.ts';
import { markdownTable } from './markdown-table.ts';

/** Each panel of each dashboard, with the question that it answers. */
export function dashboardQuestions(): string {
  return Object.values(dashboards)
    .map(({ title, rows }) => {
      const cells = rows.flatMap((row) =>
        row.panels.map((panel, index) => [
          index === 0 ? row.title : '',
          `**${panel.title}**`,
          panel.question,
        ]),
      );
      return `### ${title}\n\n${markdownTable(['row', 'panel', 'question'], cells)}`;
    })
    .join('\n');
}
