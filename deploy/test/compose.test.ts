/** Checks docker-compose.yml without a container engine; settings.test.ts checks what it hands on. */
import { apiConfigSchema } from '@deja/api/config';
import { loadConfig } from '@deja/runtime';
import { workerConfigSchema } from '@deja/worker/config';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { imageEnv, read, readCompose, serviceOf } from './files.ts';

const compose = readCompose();
const service = (name: string) => serviceOf(compose, name);
const environmentOf = (name: string) => service(name).environment ?? {};
/** What a process in the container finds. */
const envOf = (name: string) => ({ ...imageEnv(), ...environmentOf(name) });

const APPS = ['api', 'worker'];

function argumentOf(name: string, option: string): string | undefined {
  const command = service(name).command ?? [];
  const at = command.indexOf(option);
  return at === -1 ? undefined : command[at + 1];
}

function secondsOf(duration: unknown): number {
  const [, amount] = /^(\d+)s$/.exec(String(duration)) ?? [];
  return Number(amount);
}

test('with nothing set, both apps start, and find each other, Redis and the disk', () => {
  const api = loadConfig(apiConfigSchema, envOf('api'));
  const worker = loadConfig(workerConfigSchema, envOf('worker'));

  expect(api.host).toBe('0.0.0.0');
  expect(worker).toMatchObject({ redisUrl: api.redisUrl, cacheRedisUrl: api.cacheRedisUrl });
  for (const name of APPS) expect(service(name).volumes).toContain(`cache:${api.cacheDir}`);
});

describe('Redis', () => {
  test('the addresses are those of services of the file', () => {
    const { REDIS_URL = '', CACHE_REDIS_URL = '' } = environmentOf('api');

    expect(new URL(REDIS_URL)).toMatchObject({ hostname: 'redis', port: '6379' });
    expect(new URL(CACHE_REDIS_URL)).toMatchObject({ hostname: 'cache-redis', port: '6379' });
    expect(Object.keys(compose.services)).toEqual(expect.arrayContaining(['redis', 'cache-redis']));
  });

  test('the queue Redis evicts nothing and writes everything down', () => {
    expect(argumentOf('redis', '--maxmemory-policy')).toBe('noeviction');
    expect(argumentOf('redis', '--appendonly')).toBe('yes');
    expect(argumentOf('redis', '--appendfsync')).toBe('everysec');
    expect(service('redis').volumes).toEqual(['redis-data:/data']);
  });

  test('the cache Redis is bounded, evicts, and writes nothing down', () => {
    expect(argumentOf('cache-redis', '--maxmemory-policy')).toBe('allkeys-lfu');
    expect(argumentOf('cache-redis', '--maxmemory')).toMatch(/^\d+mb$/);
    expect(argumentOf('cache-redis', '--appendonly')).toBe('no');
    expect(argumentOf('cache-redis', '--save')).toBe('');
  });

  test('neither can be reached from outside', () => {
    for (const name of ['redis', 'cache-redis']) expect(service(name)).not.toHaveProperty('ports');
  });

  test('both apps wait for a queue Redis that answers', () => {
    for (const name of APPS)
      expect(service(name).depends_on).toMatchObject({ redis: { condition: 'service_healthy' } });
  });
});

describe('running', () => {
  test('the published port leads to the one that the API listens on, from this host only', () => {
    const { port } = loadConfig(apiConfigSchema, envOf('api'));

    expect(service('api').ports).toEqual([`127.0.0.1:8000:${port}`]);
  });

  test('HOST and PORT move the published address, not the one inside', () => {
    const api = serviceOf(readCompose({ HOST: '0.0.0.0', PORT: '9000' }), 'api');

    expect(api.ports).toEqual(['0.0.0.0:9000:8000']);
    expect(api.environment).not.toHaveProperty('PORT');
    expect(api.environment).not.toHaveProperty('HOST');
  });

  test('there can be any number of workers', () => {
    expect(service('worker')).not.toHaveProperty('container_name');
    expect(service('worker')).not.toHaveProperty('ports');
  });

  test('both apps are given the time that they take to stop', () => {
    const { drainMs } = loadConfig(apiConfigSchema, envOf('api'));
    const lastResortMs = drainMs + 5000;

    for (const name of APPS)
      expect(secondsOf(service(name).stop_grace_period) * 1000).toBeGreaterThan(lastResortMs);
  });

  test('what killed slots leave behind is reaped', () => {
    for (const name of APPS) expect(service(name).init).toBe(true);
  });

  test('no two services build an image of the same name', () => {
    const built = Object.values(compose.services).filter(({ build }) => build !== undefined);

    expect(built.map(({ image }) => image)).toEqual([undefined, undefined]);
  });

  test('every named volume that is mounted is declared', () => {
    const mounts = Object.values(compose.services).flatMap(({ volumes = [] }) => volumes);
    const named = mounts
      .filter((mount) => typeof mount === 'string' && !mount.startsWith('./'))
      .map((mount) => String(mount).split(':')[0]);

    expect([...new Set(named)].sort()).toEqual(Object.keys(compose.volumes).sort());
  });
});

describe('observability', () => {
  const OBSERVERS = ['prometheus', 'grafana'];
  const prometheus = parse(read('deploy/prometheus/prometheus.yml'));
  const mounted = (name: string, path: string) =>
    (service(name).volumes ?? []).map(String).find((mount) => mount.split(':')[1] === path);

  test('starts with its profile alone, for this host alone, in versions that are pinned', () => {
    for (const name of OBSERVERS) {
      expect(service(name).profiles).toEqual(['observability']);
      expect(service(name).ports).toEqual([expect.stringMatching(/^127\.0\.0\.1:\d+:\d+$/)]);
      expect(service(name).image).toMatch(/:v?\d+\.\d+\.\d+$/);
    }
    for (const [name, { profiles }] of Object.entries(compose.services))
      expect([name, profiles !== undefined]).toEqual([name, OBSERVERS.includes(name)]);
  });

  test('Prometheus may have a key, where it is told', () => {
    const source = read('deploy/prometheus/prometheus.yml');
    const keyed = parse(source.replace('# authorization:', 'authorization:'));

    const [{ authorization }] = keyed.scrape_configs;
    expect(authorization).toEqual({ credentials_file: 'observe-key' });
    expect(read('.gitignore').split('\n')).toContain('deploy/prometheus/observe-key');
    expect(prometheus.scrape_configs[0]).not.toHaveProperty('authorization');
  });

  test('Prometheus reads every API process, and its rules', () => {
    const [{ dns_sd_configs }] = prometheus.scrape_configs;
    const { port } = loadConfig(apiConfigSchema, envOf('api'));

    expect(dns_sd_configs).toMatchObject([{ names: ['api'], type: 'A', port }]);
    expect(mounted('prometheus', '/etc/prometheus')).toBe('./deploy/prometheus:/etc/prometheus:ro');
    for (const file of prometheus.rule_files) read(`deploy/prometheus/${file}`);
  });

  test('Grafana finds Prometheus and the board', () => {
    const provisioned = (name: string) => parse(read(`deploy/grafana/provisioning/${name}`));
    const [{ url, jsonData }] = provisioned('datasources/prometheus.yml').datasources;
    const [{ options }] = provisioned('dashboards/deja.yml').providers;
    const home = environmentOf('grafana').GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH;

    expect(url).toBe('http://prometheus:9090');
    expect(jsonData.timeInterval).toBe(prometheus.global.scrape_interval);
    expect(mounted('grafana', options.path)).toBe(`./deploy/grafana:${options.path}:ro`);
    expect(home).toBe(`${options.path}/deja.json`);
    expect(mounted('grafana', '/etc/grafana/provisioning')).toMatch(/^\.\/deploy\/grafana\/prov/);
  });
});

describe.each(Object.keys(compose.services))('%s', (name) => {
  test('has no privileges, and a file system that it cannot write', () => {
    expect(service(name)).toMatchObject({
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      read_only: true,
    });
    for (const option of ['privileged', 'cap_add', 'network_mode', 'pid', 'devices'])
      expect(service(name)).not.toHaveProperty(option);
    const { image, user } = service(name);
    if (image !== undefined) expect(user).toMatch(/^(redis|nobody|472)$/);
  });

  test('comes back after a crash or a reboot', () => {
    expect(service(name).restart).toBe('unless-stopped');
  });
});
