import { modelField } from '@deja/cache-core';
import type { Model } from '@deja/models';
import type { ApiContext } from '../context.ts';

/** Counts a request for all models and for this one. `savedMs`: the computation that it saved. */
export function count(
  { counters }: Pick<ApiContext, 'counters'>,
  { name }: Model,
  what: string,
  savedMs = 0,
): void {
  counters.add(what);
  counters.add(modelField(name, what));
  if (savedMs === 0) return;
  counters.add('compute_ms_saved', savedMs);
  counters.add(modelField(name, 'compute_ms_saved'), savedMs);
}
