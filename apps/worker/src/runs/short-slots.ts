import type { Model } from '@deja/models';
import type { SlotPool } from '../slots/slot-pool.ts';
import type { Slots } from './attempt.ts';

type Pool = Pick<SlotPool, 'run' | 'hasIdle'>;

/**
 * The slots of short work: the one that is kept for it, or any other that has nothing to do. A model
 * that is short by itself stays in the kept one, where its engine is loaded.
 */
export function shortSlots(
  kept: Pool,
  others: Pool,
  models: ReadonlyMap<string, Pick<Model, 'lane'>>,
): Slots {
  return {
    run(computation) {
      const mayLeave = models.get(computation.model)?.lane === 'long';
      return (mayLeave && !kept.hasIdle && others.hasIdle ? others : kept).run(computation);
    },
  };
}
