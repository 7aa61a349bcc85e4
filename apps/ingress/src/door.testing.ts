import { EventEmitter, once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createAppMatcher } from '@carillon/core';
import { recordsNothing } from '@carillon/hops';
import {
  connectFailingFast,
  connectPatiently,
  createAdmissionDesk,
  createReplyDesk,
  fixedShards,
} from '@carillon/queue';
import type { DeviceResult } from '@carillon/runtime';
import type { PrivateRedis } from '../../../test/redis/private-redis.ts';
import { createDoorHops } from './door-hops.ts';
import { createHttpApp, notifyPath, type HttpAppOptions } from './http-app.ts';
import type { HeardRequest } from './notify-route.ts';
import { createIntake, type IntakeApp } from './intake.ts';

let prefixes = 0;
const maxAgeMs = { calls: 30_000, high: 60_000, low: 60_000 };

/** A listening ingress on a Redis prefix of its own, without the process around it. */
export async function openDoor(
  server: PrivateRedis,
  options: Partial<HttpAppOptions> = {},
  settings = server.settings,
  trim?: IntakeApp['trim'],
) {
  const keyPrefix = `t${prefixes++}`;
  const redis = connectFailingFast(settings);
  redis.on('error', () => undefined);
  if (settings === server.settings) await once(redis, 'ready');
  const replies = createReplyDesk(() => connectPatiently(settings), keyPrefix);
  const counted: [string | undefined, DeviceResult][] = [];
  const answered: number[] = [];
  const called: [caller: string, heard: HeardRequest][] = [];
  const admitted = new EventEmitter();
  const limits = { maxAgeMs, maxBacklog: 1_000, maxBacklogBytes: 100_000_000 };
  const intake = createIntake({
    apps: createAppMatcher([
      { name: 'com.example.app', ...limits, ...(trim && { trim }) },
      { name: 'com.example.glob.*', ...limits },
      { name: 'com.*.both', ...limits },
      { name: '*.example.both', ...limits },
      { name: 'small', ...limits, maxBacklog: 10, spelling: (pushkey) => pushkey.trim() },
      {
        name: 'keys',
        ...limits,
        unusable: (device) => (device.data ? undefined : 'no_keys'),
        address: ({ data }) => String(data?.['endpoint']),
      },
    ]),
    admissions: createAdmissionDesk(redis, {
      keyPrefix,
      shards: fixedShards(1),
      rejectionTtlMs: 60_000,
      gatherMs: 0,
    }),
    replies,
    unknownApp: 'reject',
    testPushWaitMs: 300,
    count: (app, result) => {
      counted.push([app, result]);
      admitted.emit('one');
    },
    hops: createDoorHops(recordsNothing),
  });
  const app = createHttpApp({
    intake,
    maxBodyBytes: 524_288,
    maxDevices: 3,
    trustProxy: [],
    keepAliveMs: 620_000,
    unifiedPush: () => false,
    observer: {
      answered: (status) => answered.push(status),
      queueFailed: () => undefined,
      called: (caller, heard) => called.push([caller, heard]),
      fault: (error) => counted.push([String(error), 'unusable']),
    },
    ...options,
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo; // it listens on TCP
  const url = `http://127.0.0.1:${port}`;
  return {
    keyPrefix,
    redis,
    port,
    url,
    counted,
    answered,
    called,
    notify: async (body: unknown, init: RequestInit = {}) => {
      const response = await fetch(url + notifyPath, {
        method: 'POST',
        body: typeof body === 'string' ? body : JSON.stringify(body),
        ...init,
      });
      return { status: response.status, headers: response.headers, body: await response.json() };
    },
    /** Resolves when so many devices have been counted. */
    async admitted(devices: number): Promise<void> {
      while (counted.length < devices) await once(admitted, 'one');
    },
    /** The data of every job on Redis. */
    async storedDeliveries(): Promise<string[]> {
      const keys = await redis.keys(`${keyPrefix}:*`);
      const data = await Promise.all(keys.map((key) => redis.hget(key, 'data').catch(() => null)));
      return data.filter((text) => text !== null);
    },
    async [Symbol.asyncDispose]() {
      await app.close();
      await replies.close();
      redis.disconnect();
    },
  };
}
