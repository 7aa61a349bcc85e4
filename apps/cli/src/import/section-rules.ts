import { none, type Rule, type Rules, type Setting } from './note.ts';

/** Settings of sections are told as `section.key`; those at the top as `key`. */
const set = (name: string, value: unknown, comment?: string): readonly Setting[] => [
  { key: name, value, ...(comment !== undefined && { comment }) },
];

const jaeger =
  'no counterpart for Jaeger: `opentelemetry.endpoint` names a collector of OpenTelemetry, which can pass spans on to it';
const sentry =
  'no counterpart: what goes wrong is in the log, in the metrics and in the alerts that come along';
const database = 'not needed: what waits is in Redis';

const metricsAt: Rule = () => ({
  kind: 'differs',
  text: 'taken into `ingress.ops_listen`, with the next port as `worker.ops_listen`, where Sygnal has it on: workers are processes of their own',
});

/** Every key that Sygnal reads outside of `apps`, by its path. A key of a map that stands here is taken with all that is beneath it. */
export const sectionRules: Rules = {
  database: none(database),
  db: none(database),
  proxy: (value) => ({ kind: 'same', text: 'the same: for the providers', set: set('proxy', value) }),
  'log.setup': (value) => ({
    kind: 'differs',
    text: 'JSON lines on standard output; only the level is taken over',
    set: set('log.level', levelOf(value)),
  }),
  'log.access.x_forwarded_for': (value) =>
    value === true
      ? {
          kind: 'decide',
          text: 'list the addresses of your reverse proxies in `ingress.trust_proxy`: from others X-Forwarded-For is not believed',
          set: set('ingress.trust_proxy', ['127.0.0.1', '::1'], 'the addresses of your reverse proxies'),
        }
      : { kind: 'same', text: 'nobody is believed, as without `ingress.trust_proxy`' },
  'log.access': none(
    'none by default: `ingress.access_log: 1` writes a line for each request, and `carillon trace` shows what became of one event',
  ),
  'metrics.prometheus.enabled': (value) =>
    value === true
      ? { kind: 'differs', text: 'always on; the metrics have other names (docs/migrating-from-sygnal.md)' }
      : { kind: 'differs', text: 'always on, at a private address' },
  'metrics.prometheus.address': metricsAt,
  'metrics.prometheus.port': metricsAt,
  'metrics.opentracing': none(jaeger),
  'metrics.sentry': none(sentry),
  'http.port': () => ({ kind: 'same', text: 'taken into `ingress.listen`' }),
  'http.bind_addresses': (value) =>
    Array.isArray(value) && value.length > 1
      ? {
          kind: 'decide',
          text: 'Carillon listens at one address: 0.0.0.0 or [::] for all. See `ingress.listen`',
        }
      : { kind: 'same', text: 'taken into `ingress.listen`' },
};

/** Sygnal's listeners, with its defaults. */
export function listeners(sygnal: Readonly<Record<string, unknown>>): readonly Setting[] {
  const http = mapOf(sygnal['http']);
  const prometheus = mapOf(mapOf(sygnal['metrics'])['prometheus']);
  const addresses = Array.isArray(http['bind_addresses'])
    ? http['bind_addresses'].map(String)
    : ['127.0.0.1'];
  const wide = addresses.find((address) => address === '::' || address === '0.0.0.0');
  const address = wide ?? addresses[0] ?? '127.0.0.1';
  const opsAddress =
    typeof prometheus['address'] === 'string' && prometheus['address'] !== ''
      ? prometheus['address']
      : '0.0.0.0';
  const opsPort = Number(prometheus['port'] ?? 8000);
  const ops =
    prometheus['enabled'] === true
      ? [
          ...set('ingress.ops_listen', hostPort(opsAddress, opsPort), "Sygnal's for Prometheus"),
          ...set(
            'worker.ops_listen',
            hostPort(opsAddress, opsPort + 1),
            'workers are processes of their own',
          ),
        ]
      : [];
  return [
    ...set(
      'ingress.listen',
      hostPort(address, http['port'] ?? 5000),
      "Sygnal's: choose another while both run",
    ),
    ...ops,
  ];
}

const hostPort = (host: string, port: unknown): string =>
  `${host.includes(':') ? `[${host}]` : host}:${String(port)}`;

/** The level of the root logger. */
function levelOf(setup: unknown): string {
  const { level: written } = mapOf(mapOf(setup)['root']);
  const level = typeof written === 'string' ? written.toLowerCase() : 'info';
  return level === 'warning' ? 'warn' : level === 'critical' ? 'fatal' : level;
}

/** What is no map has no keys. */
export function mapOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
