import { Redis, type RedisOptions } from 'ioredis';
import type { ServerOptions } from './profiles.ts';

/**
 * Commands that are sent within one turn of the event loop leave in one write. A write to a socket
 * costs more than most commands, here and in Redis.
 */
export class BatchingRedis extends Redis {
  /** Is given each duplicate, which passes its own on in the same way. */
  onDuplicate: (duplicate: BatchingRedis) => void = () => {};

  override sendCommand(...args: Parameters<Redis['sendCommand']>): unknown {
    const { stream } = this;
    if (stream?.writable && stream.writableCorked === 0) {
      stream.cork();
      process.nextTick(() => stream.uncork());
    }
    return super.sendCommand(...args);
  }

  override duplicate<O extends Partial<RedisOptions> | undefined>(override?: O) {
    const options = { ...this.options, ...override } as ServerOptions;
    const duplicate = new BatchingRedis(options);
    duplicate.onDuplicate = this.onDuplicate;
    this.onDuplicate(duplicate);
    return duplicate as unknown as ReturnType<typeof Redis.prototype.duplicate<O>>;
  }
}
