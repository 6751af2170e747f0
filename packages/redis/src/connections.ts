/**
 * The connections of a process to one Redis, and what is wrong with that Redis: one server, a primary
 * that Sentinel names, or a Cluster.
 *
 * Guarantees, each with a test of the same name:
 *
 *  - after a failover behind one name, every connection finds the new primary by itself;
 *  - after a failover by Sentinel, every connection finds the new primary by itself;
 *  - after a failover in a Cluster, every connection finds the new primary by itself;
 *  - while a slot is moved in a Cluster, its scripts wait or are refused, and each runs whole and once;
 *  - a server that refuses what Deja needs is noticed within two seconds, without any request;
 *  - a cause is reported once, however often and by however many connections it is met.
 */
import { type Cluster, type Redis, type RedisOptions, ReplyError } from 'ioredis';
import { type Host, parseRedisUrl, type RedisAddress, textOf } from './address.ts';
import type { BatchingRedis } from './batching-redis.ts';
import { Causes, type CausesLog } from './causes.ts';
import { isReplicaReply, isTrouble } from './errors.ts';
import { GuardedCluster } from './guarded-cluster.ts';
import { openClient } from './open-client.ts';
import { Probe, type ProbeOptions } from './probe.ts';
import type { Profile } from './profiles.ts';

export interface ConnectionsOptions {
  /** `parseRedisUrl` (address.ts) knows the forms. */
  readonly url: string;
  /** What the server is for, in the log. Keys of the cache role lie on every primary of a Cluster. */
  readonly role: 'queue' | 'cache';
  /** Keys that never exist, one in each slot of ours: the probe writes to them, and nothing comes of it. */
  readonly probeKeys: ProbeOptions['keys'];
  readonly log: CausesLog;
}

export interface RedisConnections extends Disposable {
  /** Connects in the background. Whoever duplicates the connection gets the same guarantees. */
  connect(profile: Profile): Redis | Cluster;
  /** Whether there is a connection; in a Cluster, to every primary that holds keys of ours. */
  readonly isUp: boolean;
  /** What is wrong now, in one line; undefined: nothing. */
  readonly trouble: string | undefined;
}

type Client = BatchingRedis | GuardedCluster;

const PROBE_MS = 1000;
const RECONNECT_MS = 1000;
const PATIENCE_MS = 2000;
/** Neither of them is an error of a connection. */
const NOT_READY = new Error('it loads its data, or closes connections');

/** The first connection that is made also carries the probe. Throws `RedisUrlError`. */
export function openRedisConnections(options: ConnectionsOptions): RedisConnections {
  return new Connections(options);
}

class Connections implements RedisConnections {
  readonly #address: RedisAddress;
  readonly #clients = new Set<Client>();
  readonly #causes: Causes;
  readonly #probe: Probe;
  readonly #timer: NodeJS.Timeout;
  #first: Client | undefined;
  #isProbing = false;
  /** Whether the last probe was answered, were it with a refusal. */
  #isAnswered = false;
  #readyAt = performance.now();
  #reconnectedAt = Number.NEGATIVE_INFINITY;

  constructor({ url, role, probeKeys, log }: ConnectionsOptions) {
    this.#address = parseRedisUrl(url);
    this.#causes = new Causes(log, role);
    this.#probe = new Probe({ keys: probeKeys, everyPrimary: role === 'cache' });
    this.#timer = setInterval(() => void this.#check(), PROBE_MS);
  }

  get isUp(): boolean {
    const isReady = this.#first?.status === 'ready';
    return isReady && (this.#isAnswered || this.#address.form !== 'cluster');
  }

  get trouble(): string | undefined {
    return this.#causes.latest;
  }

  connect(profile: Profile): Redis | Cluster {
    const client = openClient(this.#address, profile, {
      reconnectOnError: (error) => this.#reconnectsOn(error),
      watchesSentinels: this.#first === undefined,
      nodes: () => this.#nodes(),
    });
    this.#own(client);
    if (this.#first === undefined) {
      this.#first = client;
      client.on('ready', () => {
        if (this.#address.form === 'sentinel') this.#follow(client as BatchingRedis);
        void this.#check();
      });
    }
    return client;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    for (const client of [...this.#clients]) client.disconnect();
  }

  #own(client: Client): void {
    this.#clients.add(client);
    client.onDuplicate = (duplicate: Client) => this.#own(duplicate);
    client.on('error', (error: Error & { lastNodeError?: Error }) =>
      this.#causes.note(error.lastNodeError ?? error),
    );
    if (client instanceof GuardedCluster) {
      // A replica that is gone is nobody's trouble.
      client.on('node error', (error: Error, node: string) => {
        const isPrimary = client
          .nodes('master')
          .some(({ options }) => node === textOfNode(options));
        if (isPrimary || client.status !== 'ready') this.#causes.note(error);
      });
    }
    client.on('end', () => this.#clients.delete(client));
    client.on('ready', () => this.#clients.add(client)); // BullMQ connects an ended one again
  }

  /** ioredis calls it with every error that Redis replies. */
  #reconnectsOn(error: Error): boolean {
    if (isTrouble(error)) this.#causes.note(error);
    if (!isReplicaReply(error)) return false;
    if (this.#address.form === 'cluster') return true;
    // The name leads to another server by now. A subscriber, or who only reads, would not notice.
    const now = performance.now();
    if (now - this.#reconnectedAt >= RECONNECT_MS) {
      this.#reconnectedAt = now;
      for (const redis of this.#clients) if (redis.status === 'ready') redis.disconnect(true);
    }
    return true;
  }

  /** The sentinels named another primary, and the old one may still answer. */
  #follow(first: BatchingRedis): void {
    for (const client of this.#clients) {
      if (client instanceof GuardedCluster || client.status !== 'ready') continue;
      if (peerOf(client) !== peerOf(first)) client.disconnect(true);
    }
  }

  /** The nodes of the Cluster as far as they are known, in any order. */
  #nodes(): readonly Host[] {
    const first = this.#first;
    if (this.#address.form !== 'cluster') return [];
    const known =
      first instanceof GuardedCluster && first.status === 'ready'
        ? first.nodes().map(({ options: { host = '', port = 0 } }) => ({ host, port }))
        : [];
    return known.length === 0 ? this.#address.hosts : known;
  }

  /** A subscriber to a node that left the Cluster would hear nothing any more. */
  #leaveStrangers(): void {
    if (!(this.#first instanceof GuardedCluster && this.#first.status === 'ready')) return;
    const members = new Set(this.#nodes().map(textOf));
    for (const client of this.#clients) {
      if (client instanceof GuardedCluster || client.status !== 'ready') continue;
      if (!members.has(textOfNode(client.options))) client.disconnect(true);
    }
  }

  async #check(): Promise<void> {
    const first = this.#first;
    const now = performance.now();
    if (first?.status === 'ready') this.#readyAt = now;
    else if (now - this.#readyAt > PATIENCE_MS && this.trouble === undefined)
      this.#causes.note(NOT_READY);
    if (first?.status === 'ready' && !this.#isProbing) {
      this.#isProbing = true;
      this.#leaveStrangers();
      try {
        await this.#probe.write(first);
        this.#isAnswered = true;
        this.#causes.proved(now);
      } catch (error) {
        this.#isAnswered = error instanceof ReplyError; // it is noted where it arrived
      } finally {
        this.#isProbing = false;
      }
    }
    this.#causes.tellEnd();
  }
}

const textOfNode = ({ host = '', port = 0 }: RedisOptions): string => textOf({ host, port });

const peerOf = ({ stream }: BatchingRedis): string =>
  'remotePort' in stream ? `${stream.remoteAddress}:${stream.remotePort}` : '';
