/** The SDK of traces: only `startTracing` loads it, and only if there is a collector. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Logger } from './logger.ts';

const FLUSH_MS = 2000;

/** The exporter itself reads its address, headers, and timeout from the environment. */
export function startSdk(service: string, env: NodeJS.ProcessEnv, log: Logger): AsyncDisposable {
  const own = resourceFromAttributes({
    'service.name': service,
    'service.instance.id': randomUUID(),
    'process.pid': process.pid,
  });
  const detectors = [resourceAttributesEnvDetector, serviceNameEnvDetector];
  const resource = defaultResource().merge(own).merge(detectResources({ detectors }));
  const exporter = telling(new OTLPTraceExporter(), log);
  const provider = new TracerProvider({
    resource,
    sampler: samplerOf(env, log),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  return {
    async [Symbol.asyncDispose]() {
      const flushed = provider.shutdown().catch(() => undefined); // `telling` has said so
      await Promise.race([flushed, delay(FLUSH_MS, undefined, { ref: false })]);
    },
  };
}

/** One line when spans are lost, and one when they arrive again. */
function telling(exporter: SpanExporter, log: Logger): SpanExporter {
  let isAway = false;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const fails = result.code !== 0;
        const message = result.error?.message;
        if (fails && !isAway) log.warn({ err: { message } }, 'traces are lost: no collector');
        if (!fails && isAway) log.info('traces arrive again');
        isAway = fails;
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
  };
}

/** `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`, as the specification of the SDK says. */
function samplerOf(env: NodeJS.ProcessEnv, log: Logger): Sampler {
  const name = env.OTEL_TRACES_SAMPLER || 'parentbased_always_on';
  const ratio = Number(env.OTEL_TRACES_SAMPLER_ARG || 1);
  const roots: Readonly<Record<string, () => Sampler>> = {
    always_on: () => new AlwaysOnSampler(),
    always_off: () => new AlwaysOffSampler(),
    traceidratio: () => new TraceIdRatioBasedSampler(ratio >= 0 && ratio <= 1 ? ratio : 1),
  };
  const root = roots[name.replace(/^parentbased_/, '')]?.();
  if (!root) log.warn({ sampler: name }, 'OTEL_TRACES_SAMPLER is unknown: all is sampled');
  if (root && !name.startsWith('parentbased_')) return root;
  return new ParentBasedSampler({ root: root ?? new AlwaysOnSampler() });
}
