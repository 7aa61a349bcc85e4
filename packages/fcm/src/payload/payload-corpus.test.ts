import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isBadgeUpdate, parseNotifyRequest } from '@carillon/core';
import type { Delivery } from '@carillon/core';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { checkMessage } from '../../../../test/fakes/fcm/checks.ts';
import { fcmShape } from '../config.ts';
import { createMessageBuilder } from './payload.ts';
import { makeDelivery } from '../../../../test/fakes/delivery.ts';

/** Recorded notify requests and what Sygnal sent for them, where the corpus lies beside the repository. */
const corpus = join(import.meta.dirname, '../../../../../shared/corpus/sygnal/fcm.json');

interface Example {
  readonly name: string;
  readonly apps: Readonly<Record<string, { readonly type: string } & Record<string, unknown>>>;
  readonly request: unknown;
  readonly answer: { readonly status: number };
  readonly upstream: readonly Upstream[];
  readonly carillon?: {
    readonly allowed?: readonly (string | readonly string[])[];
    readonly upstream?: readonly Upstream[];
  };
}

interface Upstream {
  readonly payload: { readonly message: Message };
  readonly refused?: string;
}

interface Message {
  readonly token: string;
  readonly data: Readonly<Record<string, string>>;
  readonly android: Readonly<Record<string, unknown>>;
}

test.skipIf(!existsSync(corpus))('sends what Sygnal sends, for each recorded request', () => {
  const examples = JSON.parse(readFileSync(corpus, 'utf8')) as readonly Example[];
  const differences = examples.flatMap((example) =>
    differencesOf(example).map((text) => `${example.name}: ${text}`),
  );
  process.stdout.write(
    `FCM corpus: ${examples.length - differences.length} of ${examples.length} examples match\n`,
  );
  expect(differences).toEqual([]);
});

function differencesOf(example: Example): readonly string[] {
  const parsed = parseNotifyRequest(example.request);
  if (!parsed.ok) return [`cannot be read: ${parsed.problem.error}`];
  return parsed.request.devices.flatMap((device) => {
    const app = example.apps[device.appId];
    if (app?.type !== 'fcm') return [];
    const { type: _, ...settings } = app;
    const build = createMessageBuilder(z.object(fcmShape).parse({ service_account_file: 'k', ...settings }));
    const delivery = { ...makeDelivery(), notification: parsed.request.notification, device };
    const built = build(delivery, Date.now());
    const upstream = example.carillon?.upstream ?? example.upstream;
    const expected = upstream.find(({ payload }) => payload.message.token === device.pushkey);

    if (!built.ok) {
      const mayStay =
        example.carillon?.allowed?.flat().includes('answered 200, not sent') ?? expected === undefined;
      return mayStay ? [] : [`not sent: ${built.fault}`];
    }
    const checked = checkMessage(built.body);
    if (!checked.ok) return [`FCM would refuse it: ${JSON.stringify(checked.answer)}`];
    if (expected === undefined && saysAllRead(delivery)) return [];
    if (expected === undefined)
      return example.carillon?.allowed?.flat().includes('sent') === true
        ? []
        : ['sent, though Sygnal sends nothing'];
    // What FCM refused of Sygnal is no model.
    if (expected.refused !== undefined) return [];
    const { message } = JSON.parse(built.body) as { readonly message: Message };
    return compare(saysAllRead(delivery) ? withoutZeros(message) : message, expected.payload.message);
  });
}

function compare(ours: Message, theirs: Message): readonly string[] {
  const { ttl, collapse_key: key, ...android } = ours.android;
  const allowed = {
    ...ours,
    data: withoutCuts(ours.data, theirs.data),
    android: {
      ...android,
      ...('ttl' in theirs.android && { ttl }),
      ...('collapse_key' in theirs.android && { key }),
    },
  };
  try {
    expect(allowed).toEqual(theirs);
    return [];
  } catch (error) {
    return [String(error)];
  }
}

/** Sygnal sends no zeros; badge updates with them are ours by design. */
function saysAllRead({ notification }: Delivery): boolean {
  return isBadgeUpdate(notification) && notification.counts?.unread === 0;
}

function withoutZeros(message: Message): Message {
  const { unread: _unread, ...data } = message.data;
  return { ...message, data };
}

/** A cut may lie some letters earlier, so as not to tear a character. */
function withoutCuts(
  ours: Readonly<Record<string, string>>,
  theirs: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(ours).map(([key, value]) => {
      const other = theirs[key] ?? '';
      const isEarlierCut =
        value.endsWith('…') &&
        other.endsWith('…') &&
        other.startsWith(value.slice(0, -1)) &&
        other.length - value.length < 12;
      return [key, isEarlierCut ? other : value];
    }),
  );
}
