/**
 * The span of an attempt at a run. It begins a trace of its own, since many requests may wait for one
 * run, and has a link to each.
 */
import type { Attempt, Lane } from '@deja/jobs';
import { activeTraceparent, failSpan, inSpan, SpanKind } from '@deja/runtime/tracing';
import type { Ended } from './attempt-steps.ts';

export async function inRunSpan(
  { run, key, model, version, tries, traces = [] }: Attempt,
  lane: Lane,
  work: () => Promise<Ended>,
): Promise<Ended> {
  const attributes = {
    'deja.run.id': run,
    'deja.cache.key': key,
    'deja.model': model,
    'deja.model.version': version,
    'deja.run.lane': lane,
    'deja.run.tries': tries,
  };
  const options = { kind: SpanKind.CONSUMER, parent: 'none', links: traces, attributes };
  return await inSpan('deja.run', options, async (span) => {
    const ended = await work();
    span.setAttribute('deja.run.outcome', ended.is);
    if ('failure' in ended) failSpan(span, ended.failure.code);
    return ended;
  });
}

/** @param finalise Is told the `traceparent` of the run, for the webhooks of its jobs. */
export async function inFinaliseSpan<T>(
  finalise: (trace: string | undefined) => Promise<T>,
): Promise<T> {
  const trace = activeTraceparent();
  return await inSpan('deja.finalise', {}, () => finalise(trace));
}
