import type { ProviderContext } from '@carillon/core';

/** A provider's surroundings that remember what it told them. */
export interface RecordingContext extends ProviderContext {
  readonly logs: readonly LoggedLine[];
  readonly connections: { opened: number; readonly closed: readonly string[] };
  readonly unknownAnswers: readonly number[];
  /** Resolves with the reason of the next connection that closes, or of one that has closed unseen. */
  nextClosed(): Promise<string>;
}

export interface LoggedLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export function recordingContext(changes: Partial<ProviderContext> = {}): RecordingContext {
  const logs: LoggedLine[] = [];
  const closed: string[] = [];
  const unknownAnswers: number[] = [];
  const unseen: string[] = [];
  const waiting: ((reason: string) => void)[] = [];
  const connections = { opened: 0, closed };
  const logger = (level: LoggedLine['level']) => (fields: object, message: string) =>
    void logs.push({ level, message, fields: { ...fields } });

  return {
    logs,
    connections,
    unknownAnswers,
    nextClosed() {
      const reason = unseen.shift();
      return reason === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(reason);
    },
    log: { debug: logger('debug'), info: logger('info'), warn: logger('warn'), error: logger('error') },
    observer: {
      connectionOpened: () => void (connections.opened += 1),
      connectionClosed: (_app, reason) => {
        closed.push(reason);
        const resolve = waiting.shift();
        if (resolve === undefined) unseen.push(reason);
        else resolve(reason);
      },
      unknownAnswer: (_app, status) => void unknownAnswers.push(status),
    },
    now: Date.now,
    fingerprint: (secret) => `fp${secret.length}`,
    ...changes,
  };
}
