import { Redis, type RedisOptions } from 'ioredis';
import type { ServerOptions } from './profiles.ts';

/** Clients that somebody has closed, and those that are watched. Not fields: `Redis` connects before a subclass has any. */
const closed = new WeakSet<Redis>();
const watched = new WeakSet<Redis>();
const AGAIN_MS = 100;

/**
 * Commands that are sent within one turn of the event loop leave in one write. A write to a socket
 * costs more than most commands, here and in Redis.
 *
 * A client ends only when it is closed. ioredis 6 ends it for good, too, if sentinels tell of a failover
 * just while it asks them for the primary.
 */
export class BatchingRedis extends Redis {
  /** Is given each duplicate, which passes its own on in the same way. */
  onDuplicate: (duplicate: BatchingRedis) => void = () => {};

  override async connect(...args: Parameters<Redis['connect']>): Promise<void> {
    closed.delete(this);
    if (!watched.has(this)) {
      watched.add(this);
      const again = () => void (closed.has(this) || this.connect().catch(() => {}));
      this.on('end', () => void (closed.has(this) || setTimeout(again, AGAIN_MS)));
    }
    await super.connect(...args);
  }

  override disconnect(reconnect = false): void {
    if (!reconnect) closed.add(this);
    super.disconnect(reconnect);
  }

  override sendCommand(...args: Parameters<Redis['sendCommand']>): unknown {
    if (args[0].name === 'quit') closed.add(this);
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
