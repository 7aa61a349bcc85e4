import { SettingError } from '@carillon/core';
import { expiryOf, readAuthorities, readCredentialFile } from '@carillon/sending';
import type { ExpiringCredential } from '@carillon/core';
import { X509Certificate, createPrivateKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { SecureContext, SecureContextOptions } from 'node:tls';
import type { ApnsSettings } from '../config.ts';
import { coversTopic } from './certificate-topics.ts';

/** Who we are to APNs, read and found fit for use. */
export type Credentials = {
  readonly topic: string;
  /** Made once: our certificate, if we have one, and whom we trust. */
  readonly secureContext: SecureContext;
  readonly expiring: readonly ExpiringCredential[];
} & (
  | { readonly kind: 'token'; readonly key: KeyObject; readonly keyId: string; readonly teamId: string }
  | {
      readonly kind: 'certificate';
      /** What looks wrong, though only APNs can tell. */
      readonly doubt?: string;
    }
);

/** Throws a `SettingError` that names the key and the cure for what cannot be read or would be refused. */
export function readCredentials(settings: ApnsSettings, now: number): Credentials {
  const { keyfile, key_id: keyId, team_id: teamId, topic, certfile, ca_file: caFile } = settings;
  const { ca, expiring } = readAuthorities(caFile, now);
  if (certfile !== undefined) {
    const { pem, certificate } = readCertificate(certfile, settings);
    return {
      kind: 'certificate',
      topic: topic ?? topicOf(certificate),
      ...(topic !== undefined &&
        !coversTopic(certificate, topic, settings.push_type) && {
          doubt: `topic ${topic} is not named by the certificate in certfile: set \`topic\` to its bundle ID, leave it out, or give the certificate of this app`,
        }),
      secureContext: secureContext('certfile', { cert: pem, key: pem, ca }),
      expiring: [...expiryOf({ setting: 'certfile', file: certfile, pem, cure: renewal }, now), ...expiring],
    };
  }
  // `checkApnsSettings` has seen to it that these are there.
  for (const [name, value] of Object.entries({ keyfile, key_id: keyId, team_id: teamId, topic }))
    if (value === undefined) throw new SettingError(name, 'is missing');
  return {
    kind: 'token',
    key: readSigningKey(keyfile ?? ''),
    keyId: keyId ?? '',
    teamId: teamId ?? '',
    topic: topic ?? '',
    secureContext: secureContext('ca_file', { ca }),
    expiring,
  };
}

/** OpenSSL has opinions of its own, on short keys for one. */
function secureContext(setting: string, options: SecureContextOptions): SecureContext {
  try {
    return createSecureContext(options);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
    throw new SettingError(setting, `is not fit for TLS (${code}): give another one`, { cause });
  }
}

function readSigningKey(file: string): KeyObject {
  const cure = 'give the .p8 file from the Apple developer account, as it was downloaded';
  const key = readPrivateKey('keyfile', file, readCredentialFile('keyfile', file, cure), cure);
  if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    throw new SettingError('keyfile', `${file} holds a key that is not of the curve P-256: ${cure}`);
  return key;
}

function readCertificate(file: string, { platform, endpoint }: ApnsSettings) {
  const cure = 'give a PEM file with the APNs certificate and its key, the key without a password';
  const pem = readCredentialFile('certfile', file, cure);
  const certificate = parseCertificate('certfile', file, pem, cure);
  const key = readPrivateKey('certfile', file, pem, cure);
  if (!certificate.checkPrivateKey(key))
    throw new SettingError('certfile', `${file} holds a key that is not that of its certificate: ${cure}`);
  // Its dates are no cause to refuse it: a worker that ends for them would take every other app along (invariant 8).
  // APNs refuses it, which parks the app, and the log says so at the start.
  // Stand-ins have no certificates of Apple's.
  if (endpoint === undefined && !certificate.raw.includes(appleMarks[platform]))
    throw new SettingError(
      'certfile',
      `${file} is no APNs certificate for ${platform}: ${cureOf(certificate, platform)}`,
    );
  return { pem, certificate };
}

/** What to do with a certificate that is not for this platform. */
function cureOf(certificate: X509Certificate, platform: ApnsSettings['platform']): string {
  const other = platform === 'sandbox' ? 'production' : 'sandbox';
  return certificate.raw.includes(appleMarks[other])
    ? `it is for ${other}: set \`platform: ${other}\`, or give one that is for ${platform}`
    : renewal;
}

const renewal = 'renew it in the Apple developer account, or change to a signing key (`keyfile`)';

/**
 * Extensions of Apple's certificates, as DER: 1.2.840.113635.100.6.3.1 and .2, which say for what a certificate
 * is. Sources: Apple's certification practice statement for WWDR certificates.
 */
const appleMarks = {
  sandbox: Buffer.from('060a2a864886f76364060301', 'hex'),
  production: Buffer.from('060a2a864886f76364060302', 'hex'),
} as const;

/** The bundle ID, which Apple writes into the subject as its user ID. */
function topicOf(certificate: X509Certificate): string {
  const [, topic] = /^UID=(.+)$/m.exec(certificate.subject) ?? [];
  if (topic === undefined)
    throw new SettingError(
      'topic',
      'is missing, and the certificate names none: give the bundle ID of the app',
    );
  return topic;
}

function parseCertificate(setting: string, file: string, pem: string, cure: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new SettingError(setting, `${file} holds no certificate in PEM form: ${cure}`, { cause });
  }
}

function readPrivateKey(setting: string, file: string, pem: string, cure: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    const what = pem.includes('ENCRYPTED')
      ? 'a key that is locked by a password'
      : 'no private key in PEM form';
    throw new SettingError(setting, `${file} holds ${what}: ${cure}`, { cause });
  }
}
