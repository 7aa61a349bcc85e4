import { filePath } from '@carillon/core';
import { z } from 'zod';

/** Where OpenTelemetry's collector is. Its path is kept: hosted collectors have one. */
function otlpEndpoint() {
  const error = 'must be a URL such as http://127.0.0.1:4318';
  return z
    .string({ error })
    .transform((text, context) => {
      const url = URL.parse(text);
      const problem = url === null ? error : urlProblem(url, error);
      if (url !== null && problem === undefined) return tracesUrl(url);
      context.addIssue({ code: 'custom', message: problem ?? error });
      return z.NEVER;
    })
    .meta({ title: 'URL' });
}

function urlProblem({ protocol, username, password, search, hash }: URL, error: string): string | undefined {
  if (protocol !== 'http:' && protocol !== 'https:')
    return `${error}; OTLP over HTTP is the only kind that is supported`;
  if (username !== '' || password !== '')
    return 'holds a password; write an Authorization header into the file of headers_file';
  if (search !== '' || hash !== '') return 'must end with the path; leave out what follows it';
  return undefined;
}

const tracesPath = '/v1/traces';

/** OTLP 1.x, "OTLP/HTTP Request": the signal's path follows that of the endpoint. */
function tracesUrl({ origin, pathname }: URL): string {
  const base = pathname.replace(/\/+$/, '');
  return `${origin}${base.endsWith(tracesPath) ? base : `${base}${tracesPath}`}`;
}

const share = { error: 'must be a number from 0 to 1' };
const count = { error: 'must be a whole number from 1 to 100000' };
const serviceName = { error: 'must be 1 to 64 letters, digits and any of . _ -' };

export const opentelemetrySettings = z
  .strictObject(
    {
      endpoint: otlpEndpoint()
        .optional()
        .describe(
          'The collector, by OTLP over HTTP in protobuf; `/v1/traces` is put behind it. Without it no spans are recorded.',
        ),
      headers_file: filePath()
        .optional()
        .describe('A file of headers for the collector, one `Name: value` a line.'),
      sample: z
        .number(share)
        .min(0, share)
        .max(1, share)
        .default(0.01)
        .describe(
          'The share of requests that spans are recorded of where the caller has not decided (`traceparent`); `0` records none at all.',
        ),
      limit: z
        .int(count)
        .min(1, count)
        .max(100_000, count)
        .default(100)
        .describe(
          'The most requests a second that an ingress records spans of, also where callers ask for more.',
        ),
      service_name: z
        .string(serviceName)
        .regex(/^[\w.-]{1,64}$/, serviceName)
        .default('carillon')
        .describe('What OpenTelemetry calls the services: this with `-ingress` or `-worker` behind it.'),
    },
    { error: 'must be a map of settings' },
  )
  .transform((settings) => ({
    ...(settings.endpoint !== undefined && { endpoint: settings.endpoint }),
    ...(settings.headers_file !== undefined && { headersFile: settings.headers_file }),
    sample: settings.sample,
    limit: settings.limit,
    serviceName: settings.service_name,
  }))
  .prefault({})
  .describe('Spans for OpenTelemetry (docs/opentelemetry.md).');
