import { expect, test } from 'vitest';
import { hostsOf, parseRedisUrl } from './address.ts';

test.each([
  ['redis://u:p@h:7000/2', { form: 'server', url: 'redis://u:p@h:7000/2' }],
  ['rediss://h', { form: 'server', url: 'rediss://h' }],
  ['unix:///run/redis.sock', { form: 'socket', path: '/run/redis.sock', db: 0, hasTls: false }],
  [
    'unix://u:p%2Fw@/run/redis.sock?db=3',
    {
      ...{ form: 'socket', path: '/run/redis.sock', db: 3, hasTls: false },
      ...{ username: 'u', password: 'p/w' },
    },
  ],
  [
    'redis-sentinel://:pw@a,b:1/mymaster?sentinelUsername=s&sentinelPassword=s%26p&db=1',
    {
      ...{ form: 'sentinel', name: 'mymaster', db: 1, hasTls: false, password: 'pw' },
      hosts: [
        { host: 'a', port: 26_379 },
        { host: 'b', port: 1 },
      ],
      ...{ sentinelUsername: 's', sentinelPassword: 's&p' },
    },
  ],
  [
    'rediss-sentinel://a/mymaster',
    {
      form: 'sentinel',
      name: 'mymaster',
      db: 0,
      hasTls: true,
      hosts: [{ host: 'a', port: 26_379 }],
    },
  ],
  [
    'redis+cluster://u:p@[::1]:7000,b',
    {
      ...{ form: 'cluster', hasTls: false, username: 'u', password: 'p' },
      hosts: [
        { host: '::1', port: 7000 },
        { host: 'b', port: 6379 },
      ],
    },
  ],
  ['rediss+cluster://a:1', { form: 'cluster', hasTls: true, hosts: [{ host: 'a', port: 1 }] }],
])('%s', (url, address) => {
  expect(parseRedisUrl(url)).toEqual(address);
});

test.each([
  ['a Cluster with a database', 'redis+cluster://:secret@a:1/2'],
  ['a Cluster with a database in the query', 'redis+cluster://:secret@a:1?db=2'],
  ['sentinels without a name', 'redis-sentinel://:secret@a:1'],
  ['a port that is none', 'redis+cluster://:secret@a:x'],
  ['a host that is missing', 'redis+cluster://:secret@a,'],
  ['another protocol', 'http://:secret@a'],
  ['no URL', ':secret@a'],
  ['a server without a host', 'redis://'],
  ['a socket with a host', 'unix://:secret@a/b'],
  ['a percent sign alone', 'redis-sentinel://:secret%@a/m'],
  ['a database that is no number', 'redis://:secret@a/two'],
])('%s is refused; the message says the forms and no secret', (_, url) => {
  expect(() => parseRedisUrl(url)).toThrow(/redis\+cluster:\/\//);
  expect(() => parseRedisUrl(url)).not.toThrow(/secret/);
});

test('hosts for the log name no user and no password', () => {
  const urls = [
    'redis://u:p@h:7000/2',
    'unix://u:p@/run/r.sock',
    'redis-sentinel://:p@a,b:1/m?sentinelPassword=s',
    'redis+cluster://:p@[::1]:1',
  ];
  expect(urls.map(hostsOf)).toEqual(['h:7000', '/run/r.sock', 'a:26379,b:1', '[::1]:1']);
});
