import { duration, size } from '@carillon/core';
import { z } from 'zod';
import { logLevels } from '../../log/log.ts';
import { addressRange, listenAddress } from '../values/address.ts';
import { hostNames } from '../values/host-names.ts';
import { proxyUrl } from '../values/proxy-url.ts';
import { consoleSettings } from './console-settings.ts';
import { redisSettings } from './redis-settings.ts';
import { eventsSettings } from './events-settings.ts';
import { opentelemetrySettings } from './opentelemetry-settings.ts';

/*
 * Every key of the configuration but those of apps: form, limits, default and meaning. The types, the JSON
 * Schema and the reference are derived from here. Inside the program durations are milliseconds and sizes are
 * bytes, and their names say so.
 */

const wholeNumber = (atLeast: number, atMost: number) => {
  const error = `must be a whole number from ${atLeast} to ${atMost}`;
  return z.int({ error }).min(atLeast, { error }).max(atMost, { error });
};

/** Web pages can lead names of their own anywhere (DNS rebinding). */
const opsHosts = () =>
  hostNames()
    .default([])
    .describe(
      'Host names that it answers to, besides `localhost`, addresses and names without a dot; asked for by any other, it answers 403.',
    );

const map = { error: 'must be a map of settings' };

const queue = z
  .strictObject(
    {
      shards: wholeNumber(1, 256)
        .default(1)
        .describe(
          'Parts that the queues are spread over by hash of the pushkey, for all apps together. Each is on one node of a Redis Cluster; a multiple of their number spreads evenly. May change at any time (docs/operations.md).',
        ),
    },
    map,
  )
  .prefault({})
  .describe('The queues on Redis.');

const ingress = z
  .strictObject(
    {
      listen: listenAddress().prefault('0.0.0.0:8080').describe('Where homeservers reach the gateway.'),
      ops_listen: listenAddress()
        .prefault('127.0.0.1:9401')
        .describe('Where `/metrics`, `/health` and `/ready` of the ingress are served. Keep it private.'),
      ops_hosts: opsHosts(),
      trust_proxy: z
        .array(addressRange(), { error: 'must be a list of IP addresses and CIDRs' })
        .default([])
        .describe('Addresses of reverse proxies whose `X-Forwarded-For` is believed.'),
      // An event, a display name and a room's name come from three events of at most 64 KiB; a 413 would silence the pusher.
      max_body: size({ atLeast: '1KiB', atMost: '64MiB' })
        .prefault('256KiB')
        .describe('The largest request body; a larger one is answered 413.'),
      max_devices: wholeNumber(1, 10_000)
        .default(20)
        .describe(
          'The most devices of one request; more are answered 413. Homeservers send one. Where the copies for many devices would take more than twice the bytes of the request, phones get the ids of the event without its content.',
        ),
      // Each is 50 ms of the counter's time at least (lua/admit.lua).
      max_rings: wholeNumber(1, 1_200)
        .default(300)
        .describe(
          'Pushes to one registration a minute; beyond that the newest wait, for five minutes at most, and more are dropped and counted. Calls never do.',
        ),
      rate_limit: wholeNumber(1, 1_000_000)
        .optional()
        .describe(
          'Devices a second and client address, over all ingresses; more are answered 429. A request counts as its devices, and as one at least, so this bounds requests, too. While Redis is away nothing is counted, and what would be queued is answered 503 anyway. Without the setting there is no limit.',
        ),
      access_log: wholeNumber(0, 1_000_000)
        .default(0)
        .describe(
          'Logs one in so many notify requests, at level `info`: caller, status, devices, time; no pushkeys. `1` for each, `0` for none.',
        ),
      // Homeservers keep theirs for 120 s; the longest of a load balancer is Google's, 600 s.
      keep_alive: duration({ atLeast: '1s', atMost: '24h' })
        .prefault('620s')
        .describe(
          'How long idle connections are kept. Make it longer than a load balancer or reverse proxy keeps its own: a request on a connection that just closes is lost.',
        ),
      // Synapse waits up to an hour between two tries of one event.
      dedup_window: duration({ atLeast: '100ms', atMost: '7d' })
        .prefault('2h')
        .describe('How long an event is remembered for a device, so that a retry does not ring twice.'),
      unknown_app: z
        .enum(['reject', 'ignore'])
        .default('reject')
        .describe(
          'What becomes of devices whose `app_id` no app matches: `reject` makes the homeserver delete the pusher.',
        ),
      // The shortest patience of a homeserver is Dendrite's 30 s.
      test_push_wait: duration({ atLeast: '0s', atMost: '25s' })
        .prefault('5s')
        .describe("How long the answer to Element's test push waits for the outcome; `0s` for not at all."),
    },
    map,
  )
  .refine(
    ({ listen, ops_listen: ops }) =>
      listen.port === 0 || listen.port !== ops.port || listen.host !== ops.host,
    {
      path: ['ops_listen'],
      error: 'is the same as ingress.listen; choose another port',
    },
  )
  .transform((settings) => ({
    listen: settings.listen,
    opsListen: settings.ops_listen,
    opsHosts: settings.ops_hosts,
    trustProxy: settings.trust_proxy,
    maxBodyBytes: settings.max_body,
    maxDevices: settings.max_devices,
    maxRings: settings.max_rings,
    ...(settings.rate_limit !== undefined && { rateLimit: settings.rate_limit }),
    accessLog: settings.access_log,
    keepAliveMs: settings.keep_alive,
    dedupWindowMs: settings.dedup_window,
    unknownApp: settings.unknown_app,
    testPushWaitMs: settings.test_push_wait,
  }))
  .prefault({})
  .describe('The front door.');

const worker = z
  .strictObject(
    {
      ops_listen: listenAddress()
        .prefault('127.0.0.1:9402')
        .describe('Where `/metrics`, `/health` and `/ready` of a worker are served. Keep it private.'),
      ops_hosts: opsHosts(),
      // Redis pays for each job in flight; beyond some 1,000 a queue, noticeably.
      concurrency: wholeNumber(1, 4_096).default(256).describe('Sends in flight, per app and lane.'),
      stop_grace: duration({ atLeast: '100ms', atMost: '10m' })
        .prefault('20s')
        .describe(
          'How long a stopping process may finish what it does; what is left goes back to the queue.',
        ),
    },
    map,
  )
  .transform((settings) => ({
    opsListen: settings.ops_listen,
    opsHosts: settings.ops_hosts,
    concurrency: settings.concurrency,
    stopGraceMs: settings.stop_grace,
  }))
  .prefault({})
  .describe('The senders.');

const fuse = z
  .strictObject(
    {
      window: duration({ atLeast: '100ms', atMost: '1d' })
        .prefault('10m')
        .describe('How long a suspect waits before it may become a rejection.'),
      min_samples: wholeNumber(1, 1_000_000)
        .default(50)
        .describe('Registrations of an app, each counted once, from which on suspects are judged.'),
      share: z
        .number({ error: 'must be a number above 0 and up to 1' })
        .gt(0, { error: 'must be a number above 0 and up to 1' })
        .max(1, { error: 'must be a number above 0 and up to 1' })
        .default(0.5)
        .describe(
          'The share of suspects among the known registrations sent to in a window that trips the fuse; 1: never.',
        ),
    },
    map,
  )
  .transform((settings) => ({
    windowMs: settings.window,
    minSamples: settings.min_samples,
    share: settings.share,
  }))
  .prefault({})
  .describe('Keeps a mistake of ours (wrong topic, key or environment) from deleting pushers.');

const rejections = z
  .strictObject(
    {
      ttl: duration({ atLeast: '1s', atMost: '3650d' })
        .prefault('90d')
        .describe(
          'How long a dead pushkey is remembered and reported after the last notify for it; three days at most where no push to it was ever accepted.',
        ),
      fuse,
    },
    map,
  )
  .transform((settings) => ({ ttlMs: settings.ttl, fuse: settings.fuse }))
  .prefault({})
  .describe('Dead pushkeys.');

const trace = z
  .strictObject(
    {
      keep: duration({ atLeast: '0s', atMost: '30d' })
        .prefault('24h')
        .describe('How long `carillon trace` can tell the way of a push; `0s` to take nothing down.'),
      max_memory: size({ atLeast: '1MiB', atMost: '64GiB' })
        .prefault('64MiB')
        .describe(
          'What that may take in Redis. When it is too little for all, deliveries that go well are sampled.',
        ),
      index: z
        .array(z.enum(['room', 'sender'], { error: 'must be room or sender' }), {
          error: 'must be a list of room and sender',
        })
        .default([])
        .describe(
          'What `carillon trace` finds pushes by besides event and pushkey: `room`, `sender`. Each makes the hops of a delivery 6 bytes larger.',
        ),
    },
    map,
  )
  .transform((settings) => ({
    keepMs: settings.keep,
    maxMemoryBytes: settings.max_memory,
    index: settings.index,
  }))
  .prefault({})
  .describe('The way of each push, for `carillon trace`.');

const log = z
  .strictObject(
    {
      level: z
        .enum(logLevels)
        .default('info')
        .describe('The least important entries that are written; `silent` for none.'),
    },
    map,
  )
  .prefault({})
  .describe('The log, on standard output.');

export const settingsSchema = z.strictObject({
  redis: redisSettings,
  queue,
  ingress,
  worker,
  rejections,
  trace,
  proxy: proxyUrl().optional().describe('An HTTP CONNECT proxy that providers are reached through.'),
  log,
  console: consoleSettings,
  opentelemetry: opentelemetrySettings,
  events: eventsSettings,
});

export type Settings = z.output<typeof settingsSchema>;
