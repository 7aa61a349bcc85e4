import { expect, test } from 'vitest';
import { startFakeFcm } from '../../../test/fakes/fcm/server.ts';
import { setupSender } from './provider.testing.ts';
import type { FcmAnswer } from '../../../test/fakes/fcm/answers.ts';
import type { FakeFcmOptions } from '../../../test/fakes/fcm/server.ts';
import type { SenderOptions } from './provider.testing.ts';

interface Setup extends SenderOptions {
  readonly answer?: FcmAnswer;
  readonly fake?: FakeFcmOptions;
  /** Our clock minus that of the stand-in. */
  readonly aheadMs?: number;
}

async function setup({ answer, fake = {}, aheadMs = 0, ...options }: Setup = {}) {
  const s = await setupSender(
    (now) =>
      startFakeFcm({
        now: () => now() - aheadMs,
        answer: () => answer ?? { status: 400, errorCode: 'INVALID_ARGUMENT' },
        ...fake,
      }),
    options,
  );
  return {
    fcm: s.fcm,
    logged: s.logged,
    dryRun: () => s.provider.dryRun?.(),
    [Symbol.asyncDispose]: () => s[Symbol.asyncDispose](),
  };
}

test.each([{}, { plain: true }, { protocols: ['http/1.1'] }] as const)(
  'a message to a token that nobody has proves account, project and role (%j)',
  async (fake) => {
    await using s = await setup({ fake });
    expect(await s.dryRun()).toMatchObject({
      outcome: { kind: 'dead', reason: 'invalid_registration_token' },
      mayBeClock: false,
      clock: { of: s.fcm.url },
    });
    expect(s.fcm.received).toMatchObject([{ validateOnly: true }]);
  },
);

test('FCM only looks at the message, so no phone would get it even if there was one', async () => {
  await using s = await setup({ answer: {} });
  expect(await s.dryRun()).toMatchObject({ outcome: { kind: 'delivered' } });
  expect(s.fcm.accepted).toBe(0);
});

test.each<[string, FcmAnswer, string, RegExp]>([
  ['a missing role', { status: 403, errorInfo: 'IAM_PERMISSION_DENIED' }, 'PERMISSION_DENIED', /the role/],
  [
    'an API that is switched off',
    { status: 403, errorInfo: 'SERVICE_DISABLED' },
    'SERVICE_DISABLED',
    /^Switch on/,
  ],
  ['a project that does not exist', { status: 404 }, 'NOT_FOUND', /^Correct project_id/],
])('%s is told', async (_, answer, reason, cure) => {
  await using s = await setup({ answer });
  expect(await s.dryRun()).toMatchObject({
    outcome: { kind: 'misconfigured', reason, cure: expect.stringMatching(cure) as string },
  });
});

test('a project of somebody else is told', async () => {
  await using s = await setup({ settings: { project_id: 'other-project' } });
  expect(await s.dryRun()).toMatchObject({ outcome: { reason: 'PERMISSION_DENIED' } });
});

test('a key that was deleted is told, and no message is sent', async () => {
  await using s = await setup();
  s.fcm.tokenEndpoint.answer = () => ({
    error: 'invalid_grant',
    errorDescription: 'Invalid JWT Signature.',
  });
  expect(await s.dryRun()).toMatchObject({ outcome: { reason: 'token_key_unknown' }, mayBeClock: false });
  expect(s.fcm.received).toEqual([]);
});

test.each([600_000, -4_200_000])('a clock that is %i ms ahead is told, and by how much', async (aheadMs) => {
  await using s = await setup({ aheadMs });
  const run = await s.dryRun();
  expect(run).toMatchObject({ outcome: { reason: 'token_clock_wrong' }, mayBeClock: true });
  const { aheadMs: fcmAhead = 0, uncertainMs = 0 } = run?.clock ?? {};
  expect(Math.abs(fcmAhead + aheadMs)).toBeLessThanOrEqual(uncertainMs);
});

test('trouble of FCM says nothing about the credentials', async () => {
  await using s = await setup({ answer: { status: 503, errorCode: 'UNAVAILABLE' } });
  expect(await s.dryRun()).toMatchObject({ outcome: { kind: 'later', reason: 'UNAVAILABLE' } });
});
