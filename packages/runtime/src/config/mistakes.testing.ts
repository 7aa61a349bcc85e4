import { apps, redis, withSection } from './config-text.testing.ts';

/* What operators get wrong, for tests. Apps are of the types in `app-types.testing.ts`. */

const asVariable = (place: string): string =>
  `${place}: is written as a variable, and variables are not expanded here; write the value itself, or have the file written by a program that expands them`;

/** Configurations with a mistake, and all that is said about them: line, column, key, what is wrong, the cure. */
export const mistakes: Readonly<Record<string, readonly [text: string, problems: readonly string[]]>> = {
  'an empty file': ['', ['is empty; docs/configuration.md has one to start from']],
  'a file of comments': ['# nothing\n', ['is empty; docs/configuration.md has one to start from']],
  'a text instead of a map': [
    'carillon',
    ['must be a map of settings; docs/configuration.md has one to start from'],
  ],
  'a list instead of a map': [
    '- redis',
    ['must be a map of settings; docs/configuration.md has one to start from'],
  ],
  'a tab': ['redis:\n\turl: redis://h\n', ['2:1: is indented with a tab; use blanks']],
  'a bracket that is not closed': [
    'apps: {a: {type: bell}\nlog: {}\n',
    ['2:1: is no valid YAML: the indentation does not fit, or a bracket is not closed'],
  ],
  'an IPv6 address without quotes': [
    withSection('ingress:\n  listen: [::1]:8080'),
    ['2:16: is no valid YAML: put quotes around a value that begins with a bracket or holds `: ` or ` #`'],
  ],
  'a variable in place of a value': [
    withSection(
      "redis: {url: '${REDIS_URL}'}\nworker: {stop_grace: $GRACE}\ningress: {trust_proxy: [$(NET)]}",
    ),
    ['1:9: redis.url', '2:10: worker.stop_grace', '3:25: ingress.trust_proxy[0]'].map(asVariable),
  ],
  "a variable in place of an app's name": [
    withSection("apps: {'${APP}': {type: bell, topic: t}, a.b: {type: bell, topic: $TOPIC}}"),
    ['1:8: apps.${APP}', '1:60: apps.a.b.topic'].map(asVariable),
  ],
  'a second document': [
    `${redis}\n---\n${apps}\n`,
    ['2:1: begins a second document; keep everything in one, without `---` in between'],
  ],
  'a key that stands twice': [
    withSection('redis:\n  url: redis://a\n  url: redis://b'),
    ['3:3: redis.url: stands here a second time; keep one of the two'],
  ],
  'an app that stands twice': [
    withSection('apps:\n  a.b: {type: bell, topic: t}\n  a.b: {type: bell, topic: u}'),
    ['3:3: apps.a.b: stands here a second time; keep one of the two'],
  ],
  'an alias without an anchor': [
    withSection('redis: *nowhere'),
    ['1:8: redis: is an alias (`*name`) whose anchor (`&name`) does not stand above it'],
  ],
  'a merge key without a map': [
    withSection('log: {<<: debug}'),
    ['has a merge key (`<<`) that names no map, or aliases that refer to each other too often'],
  ],
  'aliases that multiply without end': [
    [
      'a: &a [1]',
      ...Array.from(
        { length: 9 },
        (_, n) => `k${n}: &${'b'.repeat(n + 1)} [${`*${n === 0 ? 'a' : 'b'.repeat(n)}, `.repeat(9)}]`,
      ),
    ].join('\n'),
    ['has a merge key (`<<`) that names no map, or aliases that refer to each other too often'],
  ],
  'a tag': [
    withSection('log: {level: !env LEVEL}'),
    [
      '1:14: log.level: has a tag (`!name`) that means nothing here; leave it out, or put quotes around the value',
      '1:7: log.level: must be one of trace, debug, info, warn, error, fatal, silent',
    ],
  ],
  'nothing but a comment in redis': [
    withSection('redis:'),
    ['1:1: redis: must hold exactly one of url, cluster and sentinel, such as url: redis://127.0.0.1:6379/0'],
  ],
  'no redis at all': [
    `${apps}\n`,
    ['redis: is missing; it must say where Redis is, such as url: redis://127.0.0.1:6379/0'],
  ],
  'a URL where the section should be': [
    withSection('redis: redis://127.0.0.1'),
    ['1:1: redis: must say where Redis is, such as url: redis://127.0.0.1:6379/0'],
  ],
  'two kinds of Redis': [
    withSection('redis: {url: redis://a, cluster: [redis://b]}'),
    ['1:1: redis: must hold exactly one of url, cluster and sentinel, such as url: redis://127.0.0.1:6379/0'],
  ],
  'a password in the URL': [
    withSection('redis: {url: "redis://user:hunter2@h:6379"}'),
    ['1:9: redis.url: holds a password; write it into a file and name that file in redis.password_file'],
  ],
  'a password in the configuration': [
    withSection('redis: {url: redis://h, password: hunter2}'),
    [
      '1:25: redis.password: is not a setting of Carillon: write the password into a file and name that file in redis.password_file',
    ],
  ],
  'another scheme': [
    withSection('redis: {url: http://h}'),
    ['1:9: redis.url: must be a URL such as redis://127.0.0.1:6379, or rediss://… for TLS'],
  ],
  'a database that is no number': [
    withSection('redis: {url: redis://h/push}'),
    ['1:9: redis.url: may end in the number of a database, such as /0, and in nothing else'],
  ],
  'parameters in the URL': [
    withSection('redis: {url: "redis://h?family=6"}'),
    ['1:9: redis.url: takes no parameters; leave out what follows `?` or `#`'],
  ],
  'a user name twice': [
    withSection('redis: {url: redis://a@h, username: b}'),
    ['1:27: redis.username: stands in redis.url too; keep one of the two'],
  ],
  'a database in a cluster': [
    withSection('redis: {cluster: [redis://a, redis://b/1]}'),
    ['1:30: redis.cluster[1]: takes no database; leave out what follows the port'],
  ],
  'a user name in a cluster': [
    withSection('redis: {cluster: [redis://u@a]}'),
    ['1:19: redis.cluster[0]: takes no user name; write it in redis.username'],
  ],
  'a cluster with and without TLS': [
    withSection('redis: {cluster: [redis://a, rediss://b]}'),
    ['1:9: redis.cluster: mixes redis:// and rediss://; use one of them for all'],
  ],
  'an empty cluster': [
    withSection('redis: {cluster: []}'),
    ['1:9: redis.cluster: must list at least one URL'],
  ],
  'a sentinel without a name': [
    withSection('redis: {sentinel: {nodes: [redis://a]}}'),
    ['1:9: redis.sentinel.name: is missing; it must be the name of the primary that the sentinels watch'],
  ],
  'sentinels one level too high': [
    withSection('redis: {url: redis://a, nodes: [redis://b]}'),
    ['1:25: redis.nodes: does not belong here, but to redis.sentinel'],
  ],
  'braces in the key prefix': [
    withSection('redis: {url: redis://h, key_prefix: "{push}"}'),
    ['1:25: redis.key_prefix: must be 1 to 64 letters, digits and any of . _ : -'],
  ],
  'a port without a host': [
    withSection('ingress: {listen: 8080}'),
    ['1:11: ingress.listen: must be host:port, such as 127.0.0.1:9401 or "[::]:8080" (in quotes)'],
  ],
  'a port that is none': [
    withSection('ingress: {listen: "0.0.0.0:65536"}'),
    ['1:11: ingress.listen: must be host:port, such as 127.0.0.1:9401 or "[::]:8080" (in quotes)'],
  ],
  'an IPv4 address that is none': [
    withSection('worker: {ops_listen: "300.0.0.1:80"}'),
    ['1:10: worker.ops_listen: must be host:port, such as 127.0.0.1:9401 or "[::]:8080" (in quotes)'],
  ],
  'one address for both listeners': [
    withSection('ingress: {listen: "0.0.0.0:80", ops_listen: "0.0.0.0:80"}'),
    ['1:33: ingress.ops_listen: is the same as ingress.listen; choose another port'],
  ],
  'a CIDR that is none': [
    withSection('ingress:\n  trust_proxy:\n    - 10.0.0.0/8\n    - 10.0.0.0/33\n    - proxy'),
    [
      '4:7: ingress.trust_proxy[1]: must be an IP address or a CIDR such as 10.0.0.0/8',
      '5:7: ingress.trust_proxy[2]: must be an IP address or a CIDR such as 10.0.0.0/8',
    ],
  ],
  'one address where a list should be': [
    withSection('ingress: {trust_proxy: 10.0.0.1}'),
    ['1:11: ingress.trust_proxy: must be a list of IP addresses and CIDRs'],
  ],
  'a size in decimal units': [
    withSection('ingress: {max_body: 1MB}'),
    ['1:11: ingress.max_body: must be a size such as 512KiB or 1MiB'],
  ],
  'a size beyond the limit': [
    withSection('ingress: {max_body: 1GiB}'),
    ['1:11: ingress.max_body: must be from 1KiB to 64MiB'],
  ],
  'a duration without a unit': [
    withSection('ingress: {dedup_window: 7200}'),
    ['1:11: ingress.dedup_window: must be a duration such as 30s, 15m, 2h or 90d'],
  ],
  'a wait that no homeserver has the patience for': [
    withSection('ingress: {test_push_wait: 30s}'),
    ['1:11: ingress.test_push_wait: must be from 0s to 25s'],
  ],
  'a number that is not whole': [
    withSection('worker: {concurrency: 2.5}'),
    ['1:10: worker.concurrency: must be a whole number from 1 to 4096'],
  ],
  'a share that is none': [
    withSection('rejections: {fuse: {share: 50}}'),
    ['1:21: rejections.fuse.share: must be a number above 0 and up to 1'],
  ],
  'a word that is misspelt': [
    withSection('ingress: {unknown_app: rejcet}'),
    ['1:11: ingress.unknown_app: must be one of reject, ignore; did you mean reject?'],
  ],
  'a key without a value': [
    withSection('log: {level: }'),
    [
      '1:7: log.level: has no value; it must be one of trace, debug, info, warn, error, fatal, silent, or leave out the line',
    ],
  ],
  'a list where a section should be': [
    withSection('worker: [1]'),
    ['1:1: worker: must be a map of settings'],
  ],
  'an HTTPS proxy': [
    withSection('proxy: https://user:hunter2@proxy'),
    [
      '1:1: proxy: must begin with http://, since the proxy itself is spoken to without TLS; what goes through it stays encrypted',
    ],
  ],
  'a SOCKS proxy': [
    withSection('proxy: socks5://proxy:1080'),
    [
      '1:1: proxy: must be a URL such as http://user:pass@proxy:3128: an HTTP CONNECT proxy is the only kind that is supported',
    ],
  ],
  'a proxy with a path': [
    withSection('proxy: http://proxy:3128/path'),
    ['1:1: proxy: must end with the port; leave out what follows it'],
  ],
  'a key that is misspelt': [
    withSection('ingress: {dedup-windw: 2h}'),
    ['1:11: ingress.dedup-windw: is not a setting; did you mean dedup_window?'],
  ],
  'a key that nobody knows': [
    withSection('log: {colour: red}'),
    ['1:7: log.colour: is not a setting; choose from level'],
  ],
  'a key one level too high': [
    withSection('dedup_window: 2h'),
    ['1:1: dedup_window: does not belong here, but to ingress'],
  ],
  'a key one level too deep': [
    withSection('ingress: {proxy: "http://h"}'),
    ['1:11: ingress.proxy: does not belong here, but to the top level'],
  ],
  "a key of an app at the file's top": [
    withSection('max_age: 2h\nproject_id: p'),
    [
      '1:1: max_age: does not belong here, but to the entry of an app under apps',
      '2:1: project_id: does not belong here, but to apps of type drum',
    ],
  ],
  "Sygnal's sections": [
    withSection('http: {port: 5000}\nmetrics: {}\nlog: {setup: {}}'),
    [
      '1:1: http: is not a setting of Carillon: write ingress.listen, such as 0.0.0.0:8080',
      '2:1: metrics: is not a setting of Carillon: Prometheus metrics are always on, at ingress.ops_listen and worker.ops_listen',
      '3:7: log.setup: is not a setting of Carillon: write log.level, such as info',
    ],
  ],
  'keys that every object inherits': [
    withSection('constructor: 1\n__proto__: {}'),
    [
      '1:1: constructor: is not a setting; choose from apps, console, events, ingress, log, opentelemetry, proxy, queue, redis, rejections, trace, worker',
      '2:1: __proto__: is not a setting; choose from apps, console, events, ingress, log, opentelemetry, proxy, queue, redis, rejections, trace, worker',
    ],
  ],
  'no apps': [
    `${redis}\n`,
    ['apps: must hold at least one app, such as com.example.app with its type (bell, drum) and settings'],
  ],
  'empty apps': [
    withSection('apps: {}'),
    [
      '1:1: apps: must hold at least one app, such as com.example.app with its type (bell, drum) and settings',
    ],
  ],
  'a list of apps': [
    withSection('apps: [{type: bell}]'),
    ['1:1: apps: must be a map of apps, such as com.example.app with its type (bell, drum) and settings'],
  ],
  'an app that is no map': [
    withSection('apps: {a.b: bell}'),
    ['1:8: apps.a.b: must be a map of settings with a type (bell, drum)'],
  ],
  'settings of an app without its name': [
    withSection('apps: {type: bell}'),
    ['1:8: apps.type: must be a map of settings with a type (bell, drum)'],
  ],
  'an app without a type': [
    withSection('apps: {a.b: {topic: t}}'),
    ['1:8: apps.a.b.type: is missing; it must be one of bell, drum'],
  ],
  'an app of an unknown type': [
    withSection('apps: {a.b: {type: bel}}'),
    ['1:14: apps.a.b.type: must be one of bell, drum; did you mean bell?'],
  ],
  'a name with a blank': [
    withSection('apps: {"a b": {type: bell, topic: t}}'),
    ['1:8: apps.a b: must be named by an app_id or a glob, without blanks'],
  ],
  'globs that overlap': [
    withSection(
      'apps:\n  com.*: {type: bell, topic: t}\n  com.x: {type: bell, topic: t}\n  "*.y": {type: bell, topic: t}',
    ),
    ['4:3: apps.*.y: overlaps with com.*, since an app_id can match both; make one of them narrower'],
  ],
  'a missing setting of an app': [
    withSection('apps:\n  a.b:\n    type: drum'),
    ['2:3: apps.a.b.project_id: is missing; it must be a project'],
  ],
  'a number that should be a text': [
    withSection('apps: {a.b: {type: bell, topic: t, key_id: 1234567890}}'),
    ['1:36: apps.a.b.key_id: must be 10 letters and digits; put it in quotes, or YAML reads it as a number'],
  ],
  'a setting of an app of another type': [
    withSection('apps: {a.b: {type: bell, topic: t, ttl: 1h}}'),
    ['1:36: apps.a.b.ttl: does not belong here, but to apps of type drum or to rejections'],
  ],
  'a key that another gateway has for an app': [
    withSection('apps: {a.b: {type: bell, topic: t, inflight_request_limit: 9}}'),
    ['1:36: apps.a.b.inflight_request_limit: is not a setting of Carillon: write worker.concurrency'],
  ],
  'a rule between the keys of an app': [
    withSection('apps: {a.b: {type: bell, topic: t, keyfile: k}}'),
    ['1:8: apps.a.b.key_id: is needed with keyfile; write the name of the key'],
  ],
  'a rule about what is inside a setting of an app': [
    withSection('apps: {a.b: {type: bell, topic: t, options: {a: 1, topic: u}}}'),
    ['1:52: apps.a.b.options.topic: stands in topic already; leave it out'],
  ],
  'an age out of range, and shards of an app': [
    withSection('apps: {a.b: {type: bell, topic: t, max_age: 90d, shards: 65}}'),
    [
      '1:36: apps.a.b.max_age: must be from 1s to 30d',
      '1:50: apps.a.b.shards: does not belong here, but to queue',
    ],
  ],
  'an age without its unit': [
    withSection('apps: {a.b: {type: bell, topic: t, max_age: 24}}'),
    ['1:36: apps.a.b.max_age: must be a duration such as 24h, or a map of high, low and calls'],
  ],
  'an age of a lane that does not exist, and one out of range': [
    withSection('apps: {a.b: {type: bell, topic: t, max_age: {hihg: 1h}}}'),
    ['1:46: apps.a.b.max_age.hihg: is not a setting; leave it out'],
  ],
  'a call that may ring for an hour': [
    withSection('apps: {a.b: {type: bell, topic: t, max_age: {calls: 1h}}}'),
    ['1:46: apps.a.b.max_age.calls: must be from 1s to 5m'],
  ],
};
