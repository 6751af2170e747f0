/** Holds the chart against Kubernetes' schemas, the apps' settings and what else it must agree with. */
import { apiConfigSchema, apiSettings } from '@deja/api/config';
import { loadConfig } from '@deja/runtime';
import { workerConfigSchema, workerSettings } from '@deja/worker/config';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { scale } from '../../apps/api/src/operations/overview-schema.ts';
import { RULES } from '../prometheus/rules.ts';
import { CHART, faultsOf, type KubernetesObject, renderChart } from './chart.ts';
import { imageEnv, read, readCompose, serviceOf } from './files.ts';
import { GoTemplates, valuesWith } from './go-template.ts';

const MINIMAL = `
networkPolicy: { enabled: false }
podDisruptionBudget: { enabled: false }
`;
const FULL = `
fullnameOverride: cache
image: { repository: registry.example/deja, tag: main }
imagePullSecrets: [{ name: pull }]
settings: { CACHE_TTL: '600', LOG_LEVEL: debug }
publicUrl: https://deja.example
allowedHosts: [deja.internal]
drainSeconds: 60
cache: { existingClaim: disk }
api:
  nodeSelector: { disk: ssd }
  tolerations: [{ key: a, operator: Exists }]
  affinity: { nodeAffinity: {} }
worker:
  slots: 4
  nodeSelector: { pool: workers }
  tolerations: [{ key: a, operator: Exists }]
  affinity: { podAntiAffinity: {} }
ingress:
  enabled: true
  className: nginx
  annotations: { a: b }
  host: deja.example
  tlsSecret: tls
autoscaling: { enabled: true }
networkPolicy:
  from: [{ namespaceSelector: { matchLabels: { team: b } } }]
  egress: [{ to: [{ ipBlock: { cidr: 10.0.0.0/8 } }], ports: [{ port: 6379 }] }]
serviceMonitor: { enabled: true, labels: { release: prometheus } }
prometheusRule: { enabled: true, labels: { release: prometheus } }
`;
const KEYS = `
auth: required
observeKey: { secret: observe, name: token }
autoscaling: { enabled: true }
serviceMonitor: { enabled: true }
`;
const releases = { default: '', minimal: MINIMAL, full: FULL, keys: KEYS };
const defaults = parse(read(`${CHART}values.yaml`));
const isValid = new Ajv({ strict: false }).compile(JSON.parse(read(`${CHART}values.schema.json`)));

type Objects = readonly KubernetesObject[];
const named = (objects: Objects, kind: string, name: string): KubernetesObject =>
  objects.find((object) => object.kind === kind && object.metadata.name === name);
const podsOf = (objects: Objects) =>
  objects.filter(({ kind }) => kind === 'Deployment').map(({ spec }) => spec.template.spec);
const envOf = (pod: KubernetesObject): Record<string, string> =>
  Object.fromEntries(
    pod.containers[0].env.map(({ name, value }: Record<string, string>) => [name, value]),
  );

describe.each(Object.entries(releases))('%s values', (_, own) => {
  const { objects, notes } = renderChart(own);
  const pods = podsOf(objects);

  test('are those that the schema allows', () => {
    isValid(valuesWith(read(`${CHART}values.yaml`), own));

    expect(isValid.errors).toBeNull();
  });

  test('make objects that Kubernetes and the operators take, without a member that they do not know', () => {
    expect(objects.map((object) => [object.kind, faultsOf(object)])).toEqual(
      objects.map(({ kind }) => [kind, []]),
    );
  });

  test('select pods that there are', () => {
    for (const { kind, spec } of objects) {
      const selector = kind === 'Service' ? spec.selector : spec?.selector?.matchLabels;
      if (selector === undefined || kind === 'ServiceMonitor') continue;
      const selected = objects.filter(
        (object) =>
          object.kind === 'Deployment' &&
          Object.entries(selector).every(
            ([name, value]) => object.spec.template.metadata.labels[name] === value,
          ),
      );
      expect([kind, selected.length]).toEqual([kind, 1]);
    }
  });

  test('give each process settings that it has, each once, and it starts with them', () => {
    const apps = [
      { pod: pods[0], names: Object.keys(apiSettings.shape), schema: apiConfigSchema },
      { pod: pods[1], names: Object.keys(workerSettings.shape), schema: workerConfigSchema },
    ];
    for (const { pod, names, schema } of apps) {
      const given = pod.containers[0].env.map(({ name }: { name: string }) => name);
      expect(names).toEqual(expect.arrayContaining(given));
      expect(given).toEqual([...new Set(given)]);
      loadConfig(schema as typeof apiConfigSchema, {
        ...imageEnv(),
        ...envOf(pod),
        REDIS_URL: 'redis://redis:6379',
      });
    }
  });

  test('give pods 10 s more than DRAIN_S to stop', () => {
    for (const pod of pods)
      expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(
        Number(envOf(pod).DRAIN_S) + 10,
      );
  });

  test('run nothing as root, and write only to what is mounted', () => {
    const all = [...pods, ...objects.filter(({ kind }) => kind === 'Pod').map(({ spec }) => spec)];
    for (const { securityContext, containers, automountServiceAccountToken } of all) {
      expect(securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
      expect(automountServiceAccountToken).toBe(false);
      expect(containers[0].securityContext).toEqual({
        ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
        capabilities: { drop: ['ALL'] },
      });
      expect(containers[0].resources.limits.memory).toBeDefined();
    }
    for (const pod of pods) {
      const mounted = pod.containers[0].volumeMounts.map(
        (mount: KubernetesObject) => mount.mountPath,
      );
      expect(mounted).toEqual(['/tmp', imageEnv().CACHE_DIR]);
    }
  });

  test('are spoken of in the notes', () => {
    expect(notes).toContain('-api.ml.svc:8000');
  });
});

test.each([
  ['NetworkPolicy', 'spec.ingress[0].form', 'form'],
  ['Deployment', 'spec.replica', 'replica'],
  ['ScaledObject', 'spec.triggers[0].valueLocation', 'valueLocation'],
  ['PrometheusRule', 'spec.groups[0].rules[0].exp', 'exp'],
])('a member of a %s that is misspelt is found: %s', (kind, path, name) => {
  const object = structuredClone(renderChart(FULL).objects.find((each) => each.kind === kind));
  const holder = path
    .split(/[.[\]]+/)
    .slice(0, -1)
    .reduce((at, member) => at[member], object);
  holder[name] = 'x';

  expect(faultsOf(object)).toEqual([`unknown member .${path}`]);
});

test('probes are those of docker-compose.yml', () => {
  const [api, worker] = podsOf(renderChart().objects).map(({ containers }) => containers[0]);
  const { healthcheck, command } = serviceOf(readCompose(), 'worker');

  expect(api.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'http' });
  expect(api.livenessProbe.httpGet.path).toBe('/healthz');
  expect(['CMD', ...worker.livenessProbe.exec.command]).toEqual(healthcheck?.test);
  expect(worker.startupProbe.exec).toEqual(worker.livenessProbe.exec);
  expect(worker.args).toEqual(command);
});

describe('autoscaling', () => {
  const { objects } = renderChart(FULL);
  const { spec } = named(objects, 'ScaledObject', 'cache-worker');
  const [{ metadata, metricType, authenticationRef }] = spec.triggers;
  const url = new URL(metadata.url);

  test('asks GET /scale for the slots that are wanted, a worker for so many as it has', () => {
    expect(url.pathname).toBe('/scale');
    expect(Object.keys(scale.shape)).toContain(metadata.valueLocation);
    expect({ metricType, target: metadata.targetValue }).toEqual({
      ...{ metricType: 'AverageValue', target: '4' },
    });
    expect(envOf(podsOf(objects)[1]).WORKER_CONCURRENCY).toBe('4');
  });

  test('is let in: by its name, its namespace and its password', () => {
    const config = loadConfig(apiConfigSchema, { ...imageEnv(), ...envOf(podsOf(objects)[0]) });
    const auth = named(objects, 'TriggerAuthentication', authenticationRef.name);
    const [{ from }] = named(objects, 'NetworkPolicy', 'cache-api').spec.ingress;

    expect(config.allowedHosts).toEqual(
      expect.arrayContaining([url.hostname, 'deja.example', 'deja.internal']),
    );
    expect(auth.spec.secretTargetRef).toMatchObject([
      { parameter: 'username', name: 'cache-scale' },
      { parameter: 'password', name: 'deja', key: 'ADMIN_PASSWORD' },
    ]);
    expect(JSON.stringify(from)).toContain('"kubernetes.io/metadata.name":"keda"');
  });

  test('alone decides the number of workers', () => {
    expect(named(objects, 'Deployment', 'cache-worker').spec).not.toHaveProperty('replicas');
    expect(named(renderChart().objects, 'Deployment', 'deja-worker').spec.replicas).toBe(2);
  });
});

describe('with auth: required', () => {
  const { objects, notes } = renderChart(KEYS);

  test('the API wants keys, and starts without any', () => {
    const config = loadConfig(apiConfigSchema, { ...imageEnv(), ...envOf(podsOf(objects)[0]) });

    expect(config).toMatchObject({ auth: 'required', needsFirstKey: false });
    expect(notes).toContain('node apps/api/dist/keys.js create --name ops --scopes admin');
    expect(notes).not.toContain('ADMIN_PASSWORD');
  });

  test('KEDA sends a key of the Secret, and Prometheus the same one', () => {
    const { spec } = named(objects, 'ScaledObject', 'deja-worker');
    const [{ metadata, authenticationRef }] = spec.triggers;
    const auth = named(objects, 'TriggerAuthentication', authenticationRef.name);
    const [{ authorization }] = named(objects, 'ServiceMonitor', 'deja-api').spec.endpoints;

    expect(metadata.authMode).toBe('bearer');
    expect(auth.spec.secretTargetRef).toEqual([
      { parameter: 'token', name: 'observe', key: 'token' },
    ]);
    expect(authorization).toEqual({ credentials: { name: 'observe', key: 'token' } });
    expect(objects.filter(({ kind }) => kind === 'Secret')).toEqual([]);
  });

  test('without it, Prometheus sends no key', () => {
    const [endpoint] = named(renderChart(FULL).objects, 'ServiceMonitor', 'cache-api').spec
      .endpoints;

    expect(endpoint).not.toHaveProperty('authorization');
  });
});

test('the rules are those of deploy/prometheus', () => {
  expect(named(renderChart(FULL).objects, 'PrometheusRule', 'cache').spec).toEqual(RULES);
});

describe('values.schema.json', () => {
  test.each([
    ['a value that there is not', 'worker: { slot: 2 }'],
    ['a setting that the chart decides', 'settings: { PORT: "1" }'],
    ['a secret among the settings', 'settings: { REDIS_URL: "redis://a" }'],
    ['a setting that is no text', 'settings: { CACHE_TTL: 600 }'],
    ['an ingress without a host', 'ingress: { enabled: true }'],
    ['no Secret', 'existingSecret: ""'],
    ['KEDA without a key', 'auth: required\nautoscaling: { enabled: true }'],
    ['Prometheus without a key', 'auth: required\nserviceMonitor: { enabled: true }'],
  ])('refuses %s', (_, own) => {
    expect(isValid(valuesWith(read(`${CHART}values.yaml`), own))).toBe(false);
  });

  test('knows every value', () => {
    const schema = JSON.parse(read(`${CHART}values.schema.json`));

    expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining(Object.keys(defaults)));
  });
});

test('README.md has a row for every value, with its default', () => {
  const rows = read(`${CHART}README.md`).matchAll(/^\| `([\w.]+)` \| (?:`(.+?)`|none) \|/gm);
  const told = [...rows].map(([, name, value = '']) => [name, value]);
  const leaves = (value: KubernetesObject, path: string): string[][] => {
    const isMap = value && typeof value === 'object' && !Array.isArray(value);
    if (!isMap || Object.keys(value).length === 0 || path.endsWith('.resources'))
      return [
        [
          path,
          JSON.stringify(value)
            .replace(/^("")?$|^(\[\]|\{\})$/, '')
            .replaceAll('"', ''),
        ],
      ];
    return Object.entries(value).flatMap(([name, below]) =>
      leaves(below, path === '' ? name : `${path}.${name}`),
    );
  };

  expect(told).toEqual(leaves(defaults, ''));
});

test('the chart has the version of the project', () => {
  const { version } = JSON.parse(read('package.json'));

  expect(parse(read(`${CHART}Chart.yaml`))).toMatchObject({ version, appVersion: version });
});

describe('the interpreter of templates', () => {
  const render = (source: string, dot: unknown = {}) => new GoTemplates().render(source, dot);

  test('trims, chooses, repeats and pipes as Go does', () => {
    expect(render('a {{- if .x }} b {{- else if .y }} c {{- else }} d {{- end }}', { y: 1 })).toBe(
      'a c',
    );
    expect(
      render('{{ range $k, $v := . }}{{ $k }}={{ $v | quote }} {{ end }}', { b: 2, a: 1 }),
    ).toBe('a="1" b="2" ');
    expect(render('{{ define "x" }}[{{ . }}]{{ end }}{{ include "x" (default 3 .n) }}')).toBe(
      '[3]',
    );
    expect(render('{{ with .a }}{{ .b }}{{ $.c }}{{ end }}', { a: { b: 1 }, c: 2 })).toBe('12');
    expect(render('k:{{ toYaml . | nindent 2 }}', { a: [1] })).toBe('k:\n  a:\n    - 1');
  });

  test.each([
    '{{ upper .x }}',
    '{{ .missing }}',
    '{{ if .x }}',
    '{{ end }}',
    '{{ $x }}',
    '{{ (not .x }}',
  ])('%s is an error', (source) => {
    expect(() => render(source)).toThrow();
  });
});
