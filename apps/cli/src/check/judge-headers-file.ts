import { OperatorError, readHeadersFile, type Config } from '@carillon/runtime';
import type { Finding } from './finding.ts';

/** Looks at the file of `opentelemetry.headers_file`: a process that records spans does not start without it. */
export function judgeHeadersFile({ opentelemetry }: Pick<Config, 'opentelemetry'>): readonly Finding[] {
  if (opentelemetry?.endpoint === undefined || opentelemetry.sample === 0) return [];
  if (opentelemetry.headersFile === undefined) return [];
  try {
    readHeadersFile(opentelemetry.headersFile);
    return [];
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    const { message: detail, cure } = error;
    return [{ kind: 'bad', what: 'opentelemetry.headers_file', detail, cure, exit: 'configuration' }];
  }
}
