import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { inSpan, isSampled, isTracing, traceparentOf } from './tracing.ts';

const FILE = fileURLToPath(new URL('./tracing.ts', import.meta.url));
/** Prints what a process loads that starts traces, and whether it makes spans. */
const SCRIPT = `
  const { registerHooks } = await import('node:module');
  const loaded = [];
  registerHooks({ resolve: (name, context, next) => (loaded.push(name), next(name, context)) });
  const { startTracing, isTracing, inSpan, traceparentOf } = await import(${JSON.stringify(FILE)});
  const log = { warn() {}, info() {} };
  await using tracing = await startTracing('test', process.env, log);
  const trace = await inSpan('work', {}, async (span) => traceparentOf(span));
  console.log(JSON.stringify({ loaded, isOn: isTracing(), trace }));
`;

async function started(env: Readonly<Record<string, string>>) {
  const args = ['--input-type=module', '--conditions=development', '-e', SCRIPT];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  return JSON.parse(stdout) as { loaded: string[]; isOn: boolean; trace?: string };
}

const SDK = '@opentelemetry/sdk-trace';
const OTEL_EXPORTER_OTLP_ENDPOINT = 'http://127.0.0.1:9';

test("without a collector's address nothing of the SDK is loaded, and no span is made", async () => {
  for (const env of [{}, { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SDK_DISABLED: 'true' }]) {
    const { loaded, isOn, trace } = await started(env);

    expect(loaded.filter((name) => name.startsWith('@opentelemetry'))).toEqual([
      '@opentelemetry/api',
    ]);
    expect([isOn, trace]).toEqual([false, undefined]);
  }
});

test('with one, spans are made as OTEL_TRACES_SAMPLER says', async () => {
  const share = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' };
  const [all, none, few] = await Promise.all(
    [{}, { OTEL_TRACES_SAMPLER: 'always_off' }, share].map((env) =>
      started({ OTEL_EXPORTER_OTLP_ENDPOINT, ...env }),
    ),
  );

  expect(all?.loaded).toContain(SDK);
  expect(all?.trace).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-01$/);
  expect([none?.isOn, none?.trace]).toEqual([true, undefined]);
  expect(few?.trace).toBeUndefined();
});

test('work runs without a span, too', async () => {
  expect(isTracing()).toBe(false);
  expect(await inSpan('work', {}, async (span) => traceparentOf(span) ?? 'none')).toBe('none');
});

test('a context of zeros, or of the version that is none, is no context', () => {
  const trace = '0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331';

  expect(isSampled(`00-${trace}-01`)).toBe(true);
  expect(isSampled(`00-${trace}-00`)).toBe(false);
  expect(isSampled(`ff-${trace}-01`)).toBe(false);
  expect(isSampled(`00-${'0'.repeat(32)}-b7ad6b7169203331-01`)).toBe(false);
});
