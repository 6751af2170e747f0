/**
 * Traces, by hand through `@opentelemetry/api` (docs/operations.md#traces).
 *
 * Promises, each with a test of the same name:
 *
 *  - without a collector's address nothing of the SDK is loaded, and no span is made;
 *  - a collector that is away costs one line in the log, and no answer.
 *
 * Contexts travel as `traceparent` (W3C Trace Context). One that is not sampled does not travel: nobody
 * could follow it.
 */
import {
  type Attributes,
  context,
  INVALID_SPAN_CONTEXT,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { parseTraceparent } from './http-headers.ts';
import type { Logger } from './logger.ts';

export { type Span, SpanKind };

let isOn = false;

/** Whether spans are made. It does not change once the process has started. */
export const isTracing = (): boolean => isOn;

/** Undefined: nobody takes traces. */
const collectorOf = (env: NodeJS.ProcessEnv): string | undefined =>
  env.OTEL_SDK_DISABLED === 'true'
    ? undefined
    : env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || env.OTEL_EXPORTER_OTLP_ENDPOINT || undefined;

/**
 * Makes spans from now on, if the environment names a collector. Disposing of it sends those that have
 * ended, within two seconds.
 *
 * @param service `service.name`, unless the environment has another.
 */
export async function startTracing(
  service: string,
  env: NodeJS.ProcessEnv,
  log: Logger,
): Promise<AsyncDisposable> {
  if (collectorOf(env) === undefined) return new AsyncDisposableStack();
  const { startSdk } = await import('./tracing-sdk.ts');
  const sdk = startSdk(service, env, log);
  isOn = true;
  return sdk;
}

/** What the log adds to each line: `trace_id` and `span_id` of the active span. Undefined: nothing. */
export function traceFields(env: NodeJS.ProcessEnv): (() => object) | undefined {
  if (collectorOf(env) === undefined) return undefined;
  return () => {
    const active = trace.getActiveSpan()?.spanContext();
    return active ? { trace_id: active.traceId, span_id: active.spanId } : {};
  };
}

export interface SpanOptions {
  /** Default: internal. */
  readonly kind?: SpanKind;
  /** Its `traceparent`; `none` begins a trace. Default: the active span. */
  readonly parent?: string | undefined;
  /** `traceparent`s of the spans that led to this one. */
  readonly links?: readonly (string | undefined)[];
  readonly attributes?: Attributes;
  /** Epoch ms. Default: now. */
  readonly startTime?: number | undefined;
}

/** The caller ends it. */
export function startSpan(
  name: string,
  { kind = SpanKind.INTERNAL, parent, links = [], attributes = {}, startTime }: SpanOptions,
): Span {
  const found = links.map(contextOf).filter((link) => link !== undefined);
  const own = { kind, attributes, links: found.map((link) => ({ context: link })) };
  const options = startTime === undefined ? own : { ...own, startTime };
  const given = contextOf(parent);
  const root = given ? trace.setSpanContext(ROOT_CONTEXT, given) : ROOT_CONTEXT;
  const of = parent === undefined ? context.active() : root;
  return trace.getTracer('deja').startSpan(name, options, of);
}

/** Calls `work` with this span as the active one. */
export function withSpan<T>(span: Span, work: () => T): T {
  return context.with(trace.setSpan(context.active(), span), work);
}

const NO_SPAN = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);

/** The span lasts as long as `work`; what `work` throws is an event of it. */
export async function inSpan<T>(
  name: string,
  options: SpanOptions,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  if (!isOn) return await work(NO_SPAN);
  const span = startSpan(name, options);
  try {
    return await withSpan(span, () => work(span));
  } catch (error) {
    span.recordException(error as Error);
    failSpan(span, (error as Error).name);
    throw error;
  } finally {
    span.end();
  }
}

/** @param why A word. */
export function failSpan(span: Span, why: string): void {
  span.setStatus({ code: SpanStatusCode.ERROR, message: why }).setAttribute('error.type', why);
}

/** Undefined: the span is not sampled. */
export function traceparentOf(span: Span): string | undefined {
  if (!span.isRecording()) return undefined;
  const { traceId, spanId } = span.spanContext();
  return `00-${traceId}-${spanId}-01`;
}

export const activeSpan = (): Span | undefined => (isOn ? trace.getActiveSpan() : undefined);

/** Undefined: there is no active span, or it is not sampled. */
export function activeTraceparent(): string | undefined {
  const span = activeSpan();
  return span && traceparentOf(span);
}

export const isSampled = (traceparent: string): boolean =>
  ((contextOf(traceparent)?.traceFlags ?? 0) & TraceFlags.SAMPLED) !== 0;

function contextOf(traceparent: string | undefined): SpanContext | undefined {
  const [version, traceId = '', spanId = '', flags = ''] =
    parseTraceparent(traceparent)?.split('-') ?? [];
  const found = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return version !== 'ff' && isSpanContextValid(found) ? found : undefined;
}
