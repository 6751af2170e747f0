import { Redis } from 'ioredis';

/**
 * Commands that are sent within one turn of the event loop leave in one write. A write to a socket
 * costs more than most commands, here and in Redis.
 */
export class BatchingRedis extends Redis {
  override sendCommand(...args: Parameters<Redis['sendCommand']>): unknown {
    const { stream } = this;
    if (stream?.writable && stream.writableCorked === 0) {
      stream.cork();
      process.nextTick(() => stream.uncork());
    }
    return super.sendCommand(...args);
  }
}
