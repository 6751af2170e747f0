import { guardSlot } from '@deja/cache-core/redis';
import { Cluster, type ClusterNode, type Redis } from 'ioredis';
import type { NodesOptions } from './profiles.ts';

type Override = ConstructorParameters<typeof Cluster<'legacy' | 'resp3'>>[1];
type Definition = Parameters<Cluster['defineCommand']>[1];

/**
 * A client of a Cluster whose scripts, BullMQ's too, do not run while their slot is being moved, and
 * whose duplicates are the same.
 */
export class GuardedCluster extends Cluster {
  readonly #startupNodes: ClusterNode[];
  /** Is given each duplicate, which passes its own on in the same way. */
  onDuplicate: (duplicate: GuardedCluster) => void = () => {};

  constructor(startupNodes: ClusterNode[], options: NodesOptions) {
    super(startupNodes, options);
    this.#startupNodes = startupNodes;
    // ioredis sends ASKING before a command and looks at the command alone: an ASKING that failed would
    // be an unhandled rejection, which ends the process (ioredis 6.0).
    this.on('+node', (node: Redis) => {
      const asking = node.asking.bind(node);
      Object.assign(node, { asking: () => asking().catch(() => undefined) });
    });
  }

  override defineCommand(name: string, definition: Definition): void {
    super.defineCommand(name, { ...definition, lua: guardSlot(definition.lua) });
  }

  override duplicate<O extends Override>(nodes: ClusterNode[] = [], override?: O) {
    const redisOptions = { ...this.options.redisOptions, ...override?.redisOptions };
    const startupNodes = nodes.length > 0 ? nodes : this.#startupNodes;
    const options = { ...this.options, ...override, redisOptions } as NodesOptions;
    const duplicate = new GuardedCluster(startupNodes, options);
    duplicate.onDuplicate = this.onDuplicate;
    this.onDuplicate(duplicate);
    return duplicate as unknown as ReturnType<typeof Cluster.prototype.duplicate<O>>;
  }
}
