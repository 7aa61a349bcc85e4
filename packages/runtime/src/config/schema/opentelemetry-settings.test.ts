import { expect, test } from 'vitest';
import { opentelemetrySettings } from './opentelemetry-settings.ts';

test.for([
  ['http://127.0.0.1:4318', 'http://127.0.0.1:4318/v1/traces'],
  ['https://collector/', 'https://collector/v1/traces'],
  ['https://collector/otlp', 'https://collector/otlp/v1/traces'],
  ['https://collector/otlp/v1/traces', 'https://collector/otlp/v1/traces'],
])('%s becomes %s', ([endpoint, url]) => {
  expect(opentelemetrySettings.parse({ endpoint }).endpoint).toBe(url);
});

test.for<[object, string]>([
  [{ endpoint: 'collector:4318' }, 'OTLP over HTTP is the only kind that is supported'],
  [{ endpoint: 'grpc://collector:4317' }, 'OTLP over HTTP is the only kind that is supported'],
  [{ endpoint: 'collector' }, 'must be a URL such as http://127.0.0.1:4318'],
  [{ endpoint: 'https://user:hunter2@collector' }, 'holds a password; write an Authorization header into'],
  [{ endpoint: 'https://collector?key=hunter2' }, 'must end with the path; leave out what follows it'],
  [{ sample: 1.5 }, 'must be a number from 0 to 1'],
  [{ limit: 0 }, 'must be a whole number from 1 to 100000'],
  [{ service_name: '' }, 'must be 1 to 64 letters, digits and any of . _ -'],
])('%j is refused in words that quote no secret: %s', ([settings, message]) => {
  const { error } = opentelemetrySettings.safeParse(settings);
  const [said = ''] = error?.issues.map((issue) => issue.message) ?? [];
  expect(said).toContain(message);
  expect(said).not.toContain('hunter2');
});
