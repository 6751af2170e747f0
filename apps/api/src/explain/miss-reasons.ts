/** Counts the reasons of misses: over all replicas for /cache/stats, and this process's for /metrics. */
import { type Counters, modelField } from '@deja/cache-core';
import { MISS_REASONS, type MissReason } from '@deja/jobs';
import { Counter, type Registry } from '@deja/runtime';

/** @param reason Undefined: nothing is counted. */
export type CountMissReason = (model: string, reason: MissReason | undefined) => void;

export function createMissReasons(registry: Registry, counters: Counters): CountMissReason {
  const reasons = new Counter({
    name: 'deja_cache_miss_reasons_total',
    help: 'Questions that the cache did not answer, by the first reason that holds',
    labelNames: ['model', 'reason'],
    registers: [registry],
  });
  return (model, reason) => {
    if (reason === undefined) return;
    reasons.inc({ model, reason });
    addMissReason(counters, model, reason);
  };
}

export function addMissReason(counters: Counters, model: string, reason: MissReason): void {
  counters.add(fieldOf(reason));
  counters.add(modelField(model, fieldOf(reason)));
}

/** The counts of a model over all replicas, or of all models. Reasons that never held are absent. */
export function missReasonsOf(
  totals: ReadonlyMap<string, number>,
  model?: string,
): Partial<Record<MissReason, number>> {
  const counts = MISS_REASONS.flatMap((reason) => {
    const field = fieldOf(reason);
    const count = totals.get(model === undefined ? field : modelField(model, field)) ?? 0;
    return count > 0 ? [[reason, count]] : [];
  });
  return Object.fromEntries(counts);
}

const fieldOf = (reason: MissReason): string => `miss_reason:${reason}`;
