import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SettingError } from '@carillon/core';
import { expect, test } from 'vitest';
import { serviceAccountKeys } from '../../../../test/fakes/fcm/keys.ts';
import { readServiceAccount } from './service-account.ts';

const { privateKey } = await serviceAccountKeys();
const good = {
  type: 'service_account',
  project_id: 'example-project',
  private_key: privateKey,
  client_email: 'carillon@example-project.iam.gserviceaccount.com',
  token_uri: 'http://127.0.0.1:8082/token',
};

async function setup(content: string | object) {
  const dir = await mkdtemp(join(tmpdir(), 'service-account-'));
  const path = join(dir, 'key.json');
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return { path, [Symbol.asyncDispose]: () => rm(dir, { recursive: true }) };
}

function problemOf(path: string): SettingError {
  try {
    readServiceAccount(path);
  } catch (error) {
    if (error instanceof SettingError) return error;
    throw error;
  }
  throw new Error('The file was taken');
}

test('reads a key file, its token endpoint included', async () => {
  await using file = await setup(good);
  expect(readServiceAccount(file.path)).toEqual({
    clientEmail: good.client_email,
    privateKey,
    projectId: 'example-project',
    tokenUri: 'http://127.0.0.1:8082/token',
  });
});

test('asks Google for tokens where the file names no endpoint', async () => {
  const { token_uri: _, project_id: __, ...rest } = good;
  await using file = await setup(rest);
  expect(readServiceAccount(file.path)).toMatchObject({ tokenUri: 'https://oauth2.googleapis.com/token' });
  expect(readServiceAccount(file.path)).not.toHaveProperty('projectId');
});

const { privateKey: ecKey } = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});

test.each([
  ['that is not JSON', 'secret{', /no JSON object/],
  ['that is a list', [], /no JSON object/],
  [
    'of a user',
    { type: 'authorized_user', refresh_token: 'secret' },
    /type authorized_user, not service_account/,
  ],
  ['of an app (google-services.json)', { project_info: {} }, /no key of a service account/],
  ['without an address', { ...good, client_email: '' }, /no client_email/],
  ['without a key', { ...good, private_key: 7 }, /no private_key/],
  ['whose key lost its line breaks', { ...good, private_key: privateKey.replaceAll('\n', ' ') }, /damaged/],
  ['whose key is no RSA key', { ...good, private_key: ecKey }, /no RSA key/],
  ['whose project could leave its place in a path', { ...good, project_id: '../x' }, /project_id/],
  ['whose token_uri is no URL', { ...good, token_uri: 'oauth2' }, /token_uri/],
])('refuses a file %s, with the cure and without showing it', async (_, content, message) => {
  await using file = await setup(content);
  const error = problemOf(file.path);
  expect(error.key).toBe('service_account_file');
  expect(error.message).toMatch(message);
  expect(error.message).toContain('Firebase console');
  expect(error.message).not.toMatch(/secret|PRIVATE KEY/);
});

test('says that a file is missing', () => {
  expect(problemOf('/nowhere/key.json').message).toMatch(/does not exist/);
});
