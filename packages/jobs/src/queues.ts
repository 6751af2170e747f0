import type { RunQueues } from './queue.ts';
import type { Shards } from './shard.ts';

/** Hands runs to the workers, each in its own shard. */
export function queuesOf(queues: Shards<RunQueues>): Pick<RunQueues, 'add' | 'addJoined'> {
  return {
    add: (run) => queues.ofRun(run.run).add(run),
    addJoined: (run) => queues.ofRun(run.run).addJoined(run),
  };
}
