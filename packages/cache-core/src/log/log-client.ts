/**
 * Follows the invalidation log on the queue Redis: it replays the log's records into this process's
 * replica (docs/protocol.md#log-replica-and-reads).
 *
 *  - it polls every 250 ms, and on every notification and reconnect: a dead subscription costs time,
 *    never correctness;
 *  - the lease counts from the moment when the confirming request was sent (R5), on a monotonic
 *    clock;
 *  - a reply on a connection that was replaced is dropped, and one that a later one overtook (R6);
 *  - an invalidation is acknowledged once the replica has it, and the disk, if there is one (R7-R9).
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { RedisClient } from '../redis-client.ts';
import { linkLua } from '../scripts/link-lua.ts';
import { defineScript, type Script } from '../scripts/script.ts';
import { LogUnavailableError, TooManyInvalidationsError } from './errors.ts';
import type { InvalidationLog, ReplicaStore, Trust } from './invalidation-log.ts';
import { catchUpLua, invalidateLua, logPrelude } from './log-lua.ts';
import { parseReply, refusalIn } from './log-reply.ts';
import type { Notifier } from './notifier.ts';
import { LogReplica, type LogReply, type Position } from './replica.ts';

export interface LogClientOptions {
  /** A connection for this client alone that fails fast: no offline queue, no resending. */
  readonly redis: RedisClient;
  readonly notifier: Notifier;
  /** Prefix of the shard's keys, e.g. `deja:f2:{d0}:`. */
  readonly prefix: string;
  /** Default: the replica is not kept across restarts. */
  readonly store?: ReplicaStore;
  /** How long a cut-off replica keeps serving after its last confirmation. Unit: ms. 0: not at all. */
  readonly serveUnverifiedMs: number;
  /**
   * `rotate`: a server that was restarted or replaced starts a new epoch, and nothing from before is
   * served. For a Redis that does not persist, or that fails over. Default: `keep`.
   */
  readonly restart?: 'keep' | 'rotate';
  /** How long a confirmation holds. Unit: ms. Default: 900. */
  readonly leaseMs?: number;
  /** Unit: ms. Default: 250. */
  readonly pollMs?: number;
  /** How long a look-up waits for the log once the lease is over. Unit: ms. Default: 500. */
  readonly doubtMs?: number;
  /** Most records the log keeps; a replica that is further behind starts over. Default: 10,000. */
  readonly logMax?: number;
  /**
   * Invalidations that all processes together may make within a minute, those of each tenant apart: they
   * push each other out of the log, and with them all older entries. 0: any number. Default: 0.
   */
  readonly maxPerMinute?: number;
  /** Called before each request, and waited for. Default: nobody is asked. */
  readonly admit?: () => Promise<void> | undefined;
}

const VERIFIED: Trust = { mode: 'verified' };
const NONE: Trust = { mode: 'none' };
const SAVE_CONFIRMED_MS = 1000;

const catchUpScript = defineScript(linkLua(logPrelude, catchUpLua));
const invalidateScript = defineScript(linkLua(logPrelude, invalidateLua));

export function createLogClient(options: LogClientOptions): InvalidationLog {
  return new LogClient(options);
}

class LogClient implements InvalidationLog {
  readonly replica = new LogReplica();
  readonly #options: Required<Omit<LogClientOptions, 'store' | 'admit'>> &
    Pick<LogClientOptions, 'store' | 'admit'>;
  readonly #timer: NodeJS.Timeout;
  readonly #unlisten: readonly (() => void)[];
  #connection = 0;
  #sent = 0;
  /** Of the requests that were answered, the one that was sent last. */
  #answered = 0;
  /** When the request was sent whose reply last confirmed the replica. Monotonic. */
  #confirmed = Number.NEGATIVE_INFINITY;
  /** From the store: when an earlier process of this host had its last confirmation. Epoch ms. */
  #keptConfirmedAt: number | undefined;
  #keptVersion = 0;
  /** The confirmation that the store holds. Monotonic. */
  #confirmedSaved = Number.NEGATIVE_INFINITY;
  #catchingUp: { readonly done: Promise<boolean>; readonly sentAt: number } | undefined;
  #again = false;

  constructor(options: LogClientOptions) {
    this.#options = {
      ...{ restart: 'keep', leaseMs: 900, pollMs: 250 },
      ...{ doubtMs: 500, logMax: 10_000, maxPerMinute: 0 },
      ...options,
    };
    const kept = options.store?.load();
    if (kept) {
      this.replica.restore(kept.snapshot);
      this.#keptConfirmedAt = kept.confirmedAt;
      this.#keptVersion = this.replica.version;
    }
    const { redis, notifier } = options;
    redis.on('close', () => {
      this.#connection += 1;
    });
    const catchUp = () => void this.catchUp();
    redis.on('ready', catchUp);
    if (redis.status === 'ready') catchUp();
    this.#unlisten = [
      notifier.listen((message, channel = options.prefix) => {
        if (!message.startsWith('inv ') || !channel.startsWith(options.prefix)) return;
        if (this.#catchingUp) this.#again = true;
        else catchUp();
      }),
      notifier.onSubscribed(catchUp),
    ];
    this.#timer = setInterval(catchUp, this.#options.pollMs);
  }

  trust(): Trust | Promise<Trust> {
    return this.#isVerified() ? VERIFIED : this.#doubt();
  }

  catchUp(): Promise<boolean> {
    this.#catchingUp ??= {
      sentAt: performance.now(),
      done: this.#followToHead().finally(() => {
        this.#catchingUp = undefined;
        if (!this.#again) return;
        this.#again = false;
        void this.catchUp();
      }),
    };
    return this.#catchingUp.done;
  }

  async suspect(position: Position): Promise<void> {
    if (!this.#isVerified()) return; // only a confirmed head shows that records are lost
    const told = this.#call(catchUpScript, position, this.#options.restart).catch(() => undefined);
    // If the record is not lost, the reply continues from it and says nothing about earlier records.
    if ((await told)?.reset === false) await this.#followToHead();
  }

  async invalidate(scope: string, tenant = ''): Promise<number> {
    const { store, logMax, maxPerMinute } = this.#options;
    try {
      for (;;) {
        const args = [this.replica.position, scope, logMax, maxPerMinute, tenant] as const;
        const reply = await this.#call(invalidateScript, ...args);
        if (reply?.more) await this.#followToHead();
        store?.save(this.replica.snapshot(), { durable: true }); // R8
        this.#keptVersion = this.replica.version;
        if (reply && this.replica.covers(reply.epoch, reply.seq)) return reply.seq; // R9
      }
    } catch (cause) {
      if (cause instanceof TooManyInvalidationsError) throw cause;
      throw new LogUnavailableError({ cause });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    for (const unlisten of this.#unlisten) unlisten();
    await this.#catchingUp?.done;
  }

  #isVerified(): boolean {
    return performance.now() - this.#confirmed <= this.#options.leaseMs; // R13
  }

  async #doubt(): Promise<Trust> {
    const done = this.catchUp();
    const waitedMs = performance.now() - (this.#catchingUp?.sentAt ?? performance.now());
    const timer = new AbortController();
    const patience = delay(Math.max(0, this.#options.doubtMs - waitedMs), false, {
      signal: timer.signal,
    }).catch(() => false);
    await Promise.race([done, patience]);
    timer.abort();
    if (this.#isVerified()) return VERIFIED;
    const sinceMs = this.#sinceConfirmedMs();
    return sinceMs !== undefined && sinceMs <= this.#options.serveUnverifiedMs
      ? { mode: 'unverified', sinceMs }
      : NONE;
  }

  /** Undefined if no process of this host has ever had a confirmation, or if the clock went back. */
  #sinceConfirmedMs(): number | undefined {
    if (this.#confirmed > Number.NEGATIVE_INFINITY) return performance.now() - this.#confirmed;
    if (this.#keptConfirmedAt === undefined) return undefined;
    const sinceMs = Date.now() - this.#keptConfirmedAt;
    return sinceMs >= 0 ? sinceMs : undefined;
  }

  async #followToHead(): Promise<boolean> {
    try {
      let reply: LogReply | undefined;
      do reply = await this.#call(catchUpScript, this.replica.position, this.#options.restart);
      while (reply?.more);
      this.#keep();
      return reply !== undefined;
    } catch {
      return false; // the connection reports its own errors; trust() shows the consequence
    }
  }

  /** Undefined: the reply came too late to say anything. */
  async #call(
    script: Script,
    known: Position | undefined,
    ...args: readonly (string | number)[]
  ): Promise<LogReply | undefined> {
    const { redis, prefix, admit } = this.#options;
    const sentAt = performance.now(); // R5
    await admit?.();
    const connection = this.#connection;
    const number = ++this.#sent;
    const id = randomBytes(9).toString('base64url');
    const position = known ? [known.log, known.epoch, known.seq, known.id] : ['', '', '', ''];
    const raw = await script(redis, `${prefix}meta`, prefix, id, ...position, ...args);
    if (connection !== this.#connection || number < this.#answered) return undefined; // R6
    this.#answered = number;
    const refusedMs = refusalIn(raw);
    if (refusedMs !== undefined)
      throw new TooManyInvalidationsError(this.#options.maxPerMinute, refusedMs);
    const reply = parseReply(raw, known?.seq);
    if (this.replica.apply(reply) && !reply.more)
      this.#confirmed = Math.max(this.#confirmed, sentAt);
    return reply;
  }

  /** If the disk cannot take it, only the next restart is slower. */
  #keep(): void {
    try {
      this.#save();
    } catch {
      // counted by the tier
    }
  }

  #save(): void {
    const { store } = this.#options;
    if (!store) return;
    if (this.replica.version !== this.#keptVersion) {
      store.save(this.replica.snapshot(), { durable: false });
      this.#keptVersion = this.replica.version;
    }
    if (!(this.#confirmed - this.#confirmedSaved >= SAVE_CONFIRMED_MS)) return; // also before any
    this.#confirmedSaved = this.#confirmed;
    const sinceMs = performance.now() - this.#confirmed; // R5 also holds across restarts
    store.saveConfirmed(Math.floor(Date.now() - sinceMs));
  }
}
