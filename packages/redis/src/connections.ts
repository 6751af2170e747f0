/**
 * The connections of a process to one Redis, and what is wrong with that Redis.
 *
 * Guarantees, each with a test of the same name:
 *
 *  - after a failover behind one name, every connection finds the new primary by itself;
 *  - a server that refuses what Deja needs is noticed within two seconds, without any request;
 *  - a cause is reported once, however often and by however many connections it is met.
 */
import type { Redis } from 'ioredis';
import { BatchingRedis } from './batching-redis.ts';
import { isConsequence, isReplicaReply, isTrouble, reasonOf, replyCodeOf } from './errors.ts';
import { PROFILES, type Profile } from './profiles.ts';

export interface ConnectionsOptions {
  readonly url: string;
  /** What the server is for, in the log. */
  readonly role: 'queue' | 'cache';
  /** A key that never exists: the probe writes to it, and nothing comes of it. */
  readonly probeKey: string;
  readonly log: {
    warn(fields: object, message: string): void;
    info(fields: object, message: string): void;
  };
}

export interface RedisConnections extends Disposable {
  /** Connects in the background. Whoever duplicates the connection gets the same guarantees. */
  connect(profile: Profile): Redis;
  /** Whether there is a connection. */
  readonly isUp: boolean;
  /** What is wrong now, in one line; undefined: nothing. */
  readonly trouble: string | undefined;
}

interface Cause {
  seenAt: number;
  readonly holdMs: number;
}

const PROBE_MS = 1000;
/** A cause is over when it was not met for this time, and a probe has succeeded. */
const HOLD_MS = 2500;
/** A missing right is met only by who needs it. What comes and goes is not news within this time, either. */
const HOLD_RIGHTS_MS = 60_000;
const MAX_CAUSES = 20;
const HELP = 'docs/operations.md, "When Redis is in trouble"';
const RECONNECT_MS = 1000;
const PATIENCE_MS = 2000;
/** Neither of them is an error of a connection. */
const NOT_READY = new Error('it loads its data, or closes connections');

/** The first connection that is made also carries the probe. */
export function openRedisConnections(options: ConnectionsOptions): RedisConnections {
  return new Connections(options);
}

class Connections implements RedisConnections {
  readonly #options: ConnectionsOptions;
  readonly #connections: Redis[] = [];
  readonly #causes = new Map<string, Cause>();
  readonly #timer: NodeJS.Timeout;
  #hasWarned = false;
  #isProbing = false;
  #readyAt = performance.now();
  /** When the last probe was sent that succeeded. */
  #provenAt = Number.NEGATIVE_INFINITY;
  #mayAskInfo = false;
  #reconnectedAt = Number.NEGATIVE_INFINITY;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#probe(), PROBE_MS);
  }

  get isUp(): boolean {
    return this.#connections[0]?.status === 'ready';
  }

  get trouble(): string | undefined {
    const now = performance.now();
    const isActive = ({ seenAt, holdMs }: Cause) =>
      now - seenAt <= holdMs || this.#provenAt < seenAt;
    return [...this.#causes].findLast(([, cause]) => isActive(cause))?.[0];
  }

  connect(profile: Profile): Redis {
    const redis = new BatchingRedis(this.#options.url, {
      ...PROFILES[profile],
      reconnectOnError: (error) => this.#reconnectsOn(error, profile),
    });
    redis.on('error', (error: Error) => this.#note(error));
    if (this.#connections.length === 0) redis.on('ready', () => void this.#probe());
    this.#connections.push(redis);
    return redis;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const redis of this.#connections) redis.disconnect();
  }

  /** ioredis calls it with every error that Redis replies. */
  #reconnectsOn(error: Error, profile: Profile): boolean {
    if (isTrouble(error)) this.#note(error);
    // BullMQ repeats at once what was refused, 4,000 times a second (2026-11-26). A new connection
    // takes a moment.
    if (!isReplicaReply(error)) return profile === 'worker' && isTrouble(error);
    // The name leads to another server by now. A subscriber, or who only reads, would not notice.
    const now = performance.now();
    if (now - this.#reconnectedAt >= RECONNECT_MS) {
      this.#reconnectedAt = now;
      for (const redis of this.#connections) if (redis.status === 'ready') redis.disconnect(true);
    }
    return true;
  }

  #note(error: Error): void {
    if (isConsequence(error)) return;
    const { log, role } = this.#options;
    const reason = reasonOf(error);
    const holdMs = replyCodeOf(error) === 'NOPERM' ? HOLD_RIGHTS_MS : HOLD_MS;
    const now = performance.now();
    const known = this.#causes.get(reason);
    const isNews = !known || now - known.seenAt > HOLD_RIGHTS_MS;
    this.#causes.delete(reason);
    this.#causes.set(reason, { seenAt: now, holdMs }); // the last one met is the last in order
    for (const oldest of this.#causes.keys()) {
      if (this.#causes.size <= MAX_CAUSES) break;
      this.#causes.delete(oldest);
    }
    if (!isNews) return;
    this.#hasWarned = true;
    log.warn({ role, reason, help: HELP }, 'redis is in trouble');
  }

  /**
   * A write that a full, read-only or otherwise unwilling server refuses, and that changes nothing. A
   * user without INFO can be served, but BullMQ and the figures need it.
   */
  async #probe(): Promise<void> {
    const redis = this.#connections[0];
    const now = performance.now();
    if (redis?.status === 'ready') this.#readyAt = now;
    else if (now - this.#readyAt > PATIENCE_MS && this.trouble === undefined) this.#note(NOT_READY);
    if (redis?.status === 'ready' && !this.#isProbing) {
      this.#isProbing = true;
      try {
        await redis.zadd(this.#options.probeKey, 'XX', 0, 'none');
        if (!this.#mayAskInfo) await redis.info('server');
        this.#mayAskInfo = true;
        this.#provenAt = now;
      } catch {
        this.#mayAskInfo = false; // the error is noted where it arrived
      } finally {
        this.#isProbing = false;
      }
    }
    if (!this.#hasWarned || this.trouble !== undefined) return;
    this.#hasWarned = false;
    const { log, role } = this.#options;
    log.info({ role }, 'redis is well again');
  }
}
