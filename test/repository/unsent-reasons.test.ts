import { wasSent } from '@carillon/core';
import { fcmAnswers } from '@carillon/fcm';
import { webpushAnswers } from '@carillon/webpush';
import { expect, test } from 'vitest';

test('every refusal of our own before a send is known to have sent nothing', () => {
  const ours = [...fcmAnswers, ...webpushAnswers].filter(
    ({ when, kind }) => 'fault' in when && (kind === 'dead' || kind === 'refused'),
  );
  expect(ours.length).toBeGreaterThan(5);
  expect(
    ours.filter(({ reason }) => wasSent({ kind: 'refused', reason })).map(({ reason }) => reason),
  ).toEqual([]);
});
