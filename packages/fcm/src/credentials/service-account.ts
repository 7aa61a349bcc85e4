import { createPrivateKey } from 'node:crypto';
import { SettingError } from '@carillon/core';
import { parseObject, readCredentialFile } from '@carillon/sending';
import type { JsonObject } from '@carillon/sending';
import { projectIdForm } from '../config.ts';

/** What Carillon needs of the JSON key of a Google service account. */
export interface ServiceAccount {
  readonly clientEmail: string;
  /** PEM. */
  readonly privateKey: string;
  readonly projectId?: string;
  /** Where access tokens come from, and the audience of the assertion that asks for one. */
  readonly tokenUri: string;
}

const googleTokenUri = 'https://oauth2.googleapis.com/token';
const getOne =
  'make a key under Project settings > Service accounts in the Firebase console and save the JSON as it is';
const cureOfFile = `${getOne}, and see that this user may read it`;

/**
 * Reads the key file. Throws a `SettingError` that names `service_account_file` and the cure, and shows nothing
 * of the file.
 */
export function readServiceAccount(path: string): ServiceAccount {
  const key = parse(path, readCredentialFile('service_account_file', path, cureOfFile));
  const type = key['type'];
  if (type !== 'service_account')
    throw problem(
      typeof type === 'string' && /^[a-z_]{1,40}$/.test(type)
        ? `${path} holds credentials of type ${type}, not service_account: ${getOne}`
        : `${path} is no key of a service account: ${getOne}`,
    );
  const clientEmail = key['client_email'];
  const privateKey = key['private_key'];
  if (typeof clientEmail !== 'string' || clientEmail === '')
    throw problem(`${path} has no client_email: ${getOne}`);
  if (typeof privateKey !== 'string' || privateKey === '')
    throw problem(`${path} has no private_key: ${getOne}`);
  checkPrivateKey(path, privateKey);
  const tokenUri = key['token_uri'] ?? googleTokenUri;
  if (typeof tokenUri !== 'string' || !URL.canParse(tokenUri) || !/^https?:/.test(tokenUri))
    throw problem(`The token_uri of ${path} is no http or https URL: ${getOne}`);
  const projectId = key['project_id'] ?? '';
  if (typeof projectId !== 'string' || !(projectId === '' || projectIdForm.test(projectId)))
    throw problem(`The project_id of ${path} is no ID of a project: ${getOne}`);
  return {
    clientEmail,
    privateKey,
    tokenUri,
    ...(projectId !== '' && { projectId }),
  };
}

function parse(path: string, text: string): JsonObject {
  const key = parseObject(text);
  if (key === undefined) throw problem(`${path} is no JSON object: ${getOne}`);
  return key;
}

function checkPrivateKey(path: string, privateKey: string): void {
  let type: string | undefined;
  try {
    type = createPrivateKey(privateKey).asymmetricKeyType;
  } catch {
    throw problem(`The private_key of ${path} is damaged, often by lost line breaks (\\n): ${getOne}`);
  }
  if (type !== 'rsa') throw problem(`The private_key of ${path} is no RSA key: ${getOne}`);
}

function problem(message: string): SettingError {
  return new SettingError('service_account_file', message);
}
