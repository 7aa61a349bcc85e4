import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Certificates for stand-ins, made when they are needed and never stored. `openssl` does the work, since Node
 * reads X.509 but cannot write it; one certificate takes about 10 ms.
 */
export interface CertificateAuthority extends Disposable {
  /** The authority's own certificate: what a client has to trust. */
  readonly certificate: string;
  /** The same as a file, for settings that take a path. Removed with the authority. */
  readonly file: string;
  /** A folder of this authority's for what belongs to it, such as key files. Removed with the authority. */
  readonly directory: string;
  issue(request?: CertificateRequest): IssuedCertificate;
}

export interface CertificateRequest {
  /** Distinguished name as `openssl -subj` takes it. */
  readonly subject?: string;
  /** DNS names and IP addresses a server answers to. Default: this machine. */
  readonly hosts?: readonly string[];
  /** Further extensions as `openssl -addext` takes them. */
  readonly extensions?: readonly string[];
  /** `ec` (P-256) is the quicker one; Apple's client certificates are RSA. */
  readonly keyType?: 'ec' | 'rsa';
  /** How long it is good, from now. Default: 2. */
  readonly days?: number;
}

/** PEM texts. */
export interface IssuedCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** A program that may be killed names a folder that somebody else removes. */
export function createCertificateAuthority(within = tmpdir()): CertificateAuthority {
  const directory = mkdtempSync(join(within, 'carillon-ca-'));
  const file = join(directory, 'ca.pem');
  const keyFile = join(directory, 'ca.key');
  writeFileSync(keyFile, newKey('ec'), { mode: 0o600 });
  openssl(
    ['-key', keyFile, '-out', file, '-subj', '/CN=Carillon test authority'],
    ['basicConstraints=critical,CA:TRUE'],
  );
  let issued = 0;

  return {
    certificate: readFileSync(file, 'utf8'),
    file,
    directory,
    issue({
      subject = '/CN=localhost',
      hosts = ['localhost', '127.0.0.1', '::1'],
      extensions = [],
      keyType = 'ec',
      days,
    } = {}) {
      const name = join(directory, `issued-${(issued += 1)}`);
      const key = newKey(keyType);
      writeFileSync(`${name}.key`, key, { mode: 0o600 });
      const names = hosts.map((host) => `${isIP(host) === 0 ? 'DNS' : 'IP'}:${host}`).join(',');
      openssl(
        ['-key', `${name}.key`, '-out', `${name}.pem`, '-subj', subject, '-CA', file, '-CAkey', keyFile],
        [
          'basicConstraints=critical,CA:FALSE',
          ...(names === '' ? [] : [`subjectAltName=${names}`]),
          ...extensions,
        ],
        days,
      );
      return { certificate: readFileSync(`${name}.pem`, 'utf8'), key };
    },
    [Symbol.dispose]() {
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function newKey(type: 'ec' | 'rsa'): string {
  const { privateKey } =
    type === 'ec'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** One certificate. Runs openssl without any configuration of the machine's; its complaint becomes the error. */
function openssl(args: readonly string[], extensions: readonly string[], days = 2): void {
  const added = extensions.flatMap((extension) => ['-addext', extension]);
  execFileSync('openssl', ['req', '-x509', '-new', '-days', String(days), ...args, ...added], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, OPENSSL_CONF: '/dev/null' },
  });
}
