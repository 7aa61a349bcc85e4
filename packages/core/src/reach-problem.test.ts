import { expect, test } from 'vitest';
import { reachProblem, type DialFailure, type ReachCause } from './reach-problem.ts';

test.each<[DialFailure['step'], string, ReachCause]>([
  ['connect', 'ENOTFOUND', 'dns'],
  ['connect', 'EAI_AGAIN', 'dns'],
  ['connect', 'ECONNREFUSED', 'refused'],
  ['connect', 'ETIMEDOUT', 'timeout'],
  ['connect', 'ENETUNREACH', 'no_route'],
  ['connect', 'address_forbidden', 'address_forbidden'],
  ['connect', 'ECONNRESET', 'connection_lost'],
  ['proxy', 'HTTP 407', 'proxy_credentials'],
  ['proxy', 'HTTP 403', 'proxy_refused'],
  ['proxy', 'ENOTFOUND', 'proxy_dns'],
  ['proxy', 'ECONNREFUSED', 'proxy_unreachable'],
  ['tls', 'ETIMEDOUT', 'timeout'],
  ['tls', 'CERT_HAS_EXPIRED', 'tls_clock'],
  ['tls', 'CERT_NOT_YET_VALID', 'tls_clock'],
  ['tls', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls_untrusted'],
  ['tls', 'SELF_SIGNED_CERT_IN_CHAIN', 'tls_untrusted'],
  ['tls', 'CERT_SIGNATURE_FAILURE', 'tls_untrusted'],
  ['tls', 'ERR_TLS_CERT_ALTNAME_INVALID', 'tls_name'],
  ['tls', 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'client_certificate'],
  ['tls', 'http/1.1', 'no_http2'],
  ['tls', 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL', 'no_http2'],
  ['tls', 'ERR_SSL_WRONG_VERSION_NUMBER', 'tls_failed'],
])('%s that ends with %s is %s, and names the code', (step, code, cause) => {
  const problem = reachProblem({ step, code });
  expect(problem.cause).toBe(cause);
  expect(problem.message).toContain(`(${code})`);
});

test('an error without a code is a lost connection', () => {
  expect(reachProblem({ step: 'connect', code: '' }).cause).toBe('connection_lost');
});
