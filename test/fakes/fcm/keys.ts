import { execFile } from 'node:child_process';
import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';

/** A TLS certificate that is its own authority, and its key; both PEM. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

export interface RsaKeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
}

/**
 * Made once a process: an RSA key takes a tenth of a second, and a test file starts many fakes. Nothing secret
 * hangs on them, and none is ever stored in the repository.
 */
let certificate: Promise<Certificate> | undefined;
let accountKeys: Promise<RsaKeyPair> | undefined;

/** A server certificate for `localhost`, 127.0.0.1 and ::1, valid for two days. */
export function serverCertificate(): Promise<Certificate> {
  certificate ??= makeCertificate();
  return certificate;
}

/** The key pair of the service account that the fake's key file holds. */
export function serviceAccountKeys(): Promise<RsaKeyPair> {
  accountKeys ??= makeRsaKeyPair();
  return accountKeys;
}

async function makeRsaKeyPair(): Promise<RsaKeyPair> {
  return promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
}

/** Node cannot issue certificates; openssl prints key and certificate one after the other. */
async function makeCertificate(): Promise<Certificate> {
  const command =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days 2 -subj /CN=fake-fcm ' +
    '-addext subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1 -keyout - -out -';
  const { stdout } = await promisify(execFile)('openssl', command.split(' '));
  const start = stdout.indexOf('-----BEGIN CERTIFICATE-----');
  if (start === -1) throw new Error('openssl printed no certificate');
  return { key: stdout.slice(0, start), cert: stdout.slice(start) };
}
