/* The charts of the last hour, from `/history`, drawn by uPlot. */
const { uPlot } = globalThis;
const hourSeconds = 3_600;
const leastSeconds = 120;
const columns = new Map();

const kinds = {
  flow: [
    { name: 'arrives', label: 'arrive', line: '--line-1' },
    { name: 'delivered', label: 'delivered', line: '--line-2' },
    { name: 'later', label: 'later', line: '--line-3' },
  ],
  late: [
    { name: 'p50', label: 'half', line: '--line-2' },
    { name: 'p99', label: '99 of 100', line: '--line-3' },
  ],
  waiting: [{ name: 'waiting', label: 'waiting', line: '--line-1' }],
};

const figures = [...document.querySelectorAll('figure[data-chart]')];
const app = figures[0]?.dataset.app ?? '';
let charts = [];
let loadedAt = 0;

await load();
draw();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
new ResizeObserver(() => {
  for (const { chart, plot } of charts) chart.setSize({ width: plot.clientWidth, height: plot.clientHeight });
}).observe(document.querySelector('.charts'));
document.addEventListener('carillon:regions', () => void renew());

async function renew() {
  if (Date.now() - loadedAt < 9_500) return; // the server has a point every ten seconds
  await load();
  for (const { chart, series } of charts) chart.setData(dataOf(series));
  describe();
}

async function load() {
  loadedAt = Date.now();
  const after = columns.get('at')?.at(-1) ?? 0;
  const answer = await fetch(`/history?${new URLSearchParams({ app, after })}`);
  if (!answer.ok) return;
  const oldest = Date.now() - hourSeconds * 1_000;
  const fresh = Object.entries(await answer.json());
  for (const [name, values] of fresh) columns.set(name, [...(columns.get(name) ?? []), ...values]);
  const outdated = columns.get('at').findIndex((at) => at >= oldest);
  if (outdated > 0) for (const values of columns.values()) values.splice(0, outdated);
}

function dataOf(series) {
  return [columns.get('at').map((at) => at / 1_000), ...series.map(({ name }) => columns.get(name))];
}

function draw() {
  for (const { chart } of charts) chart.destroy();
  charts = figures.map((figure) => {
    const plot = figure.querySelector('.plot');
    const series = kinds[figure.dataset.chart];
    const axis = {
      stroke: colour('--soft'),
      grid: { stroke: colour('--edge'), width: 1 },
      ticks: { show: false },
      font: '11px system-ui, sans-serif',
    };
    const options = {
      width: plot.clientWidth,
      height: plot.clientHeight,
      cursor: { y: false, points: { size: 6 } },
      legend: { show: false },
      scales: {
        x: { range: timeRange },
        y: {
          range: (_, _low, high) => [0, Math.max(high ?? 0, figure.dataset.chart === 'late' ? 0.1 : 1) * 1.1],
        },
      },
      axes: [
        { ...axis, size: 28, space: 60, values: [[60, '{HH}:{mm}', null, null, null, null, null, null, 1]] },
        { ...axis, size: 44 },
      ],
      series: [
        {},
        ...series.map(({ label, line }) => ({
          label,
          stroke: colour(line),
          width: 1.5,
          points: { show: false },
          spanGaps: false,
        })),
      ],
    };
    plot.replaceChildren();
    return { chart: new uPlot(options, dataOf(series), plot), plot, series, figure };
  });
  describe();
}

/** An hour, or less if the console does not know that much. */
function timeRange() {
  const now = Date.now() / 1_000;
  const first = (columns.get('at')?.[0] ?? 0) / 1_000;
  return [Math.max(now - hourSeconds, Math.min(first, now - leastSeconds)), now];
}

/** As a canvas takes it. */
function colour(name) {
  const probe = document.createElement('i');
  probe.style.color = `var(${name})`;
  figures[0].append(probe);
  const resolved = getComputedStyle(probe).color;
  probe.remove();
  return resolved;
}

/** What the lines are, with the last value of each, for eyes and for those who cannot see the lines. */
function describe() {
  for (const { figure, series } of charts) {
    let legend = figure.querySelector('.lines');
    if (legend === null) {
      legend = document.createElement('p');
      legend.className = 'lines';
      figure.append(legend);
    }
    legend.replaceChildren(
      ...series.map(({ name, label, line }) => {
        const value = columns.get(name)?.findLast((one) => one !== null);
        const item = document.createElement('span');
        item.className = `line ${line.slice(2)}`;
        item.textContent = `${label} ${value ?? '–'}`;
        return item;
      }),
    );
  }
}
