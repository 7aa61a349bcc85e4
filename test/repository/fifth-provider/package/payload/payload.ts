import type { Notification } from '@carillon/core';
import { cutToBytes } from '@carillon/sending';

/** What the belfry reads: who rings, and how urgently. */
export function buildPayload({ senderDisplayName = '', prio }: Notification): string {
  return JSON.stringify({ from: cutToBytes(senderDisplayName, 64), prio });
}
