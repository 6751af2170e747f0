/** The sums over recent times that the overview shows: from the history once a minute, and what was counted since. */
import type { Bucket } from '../history/blob.ts';
import { merge, since } from '../history/series.ts';
import { type HistoryStore, MINUTE_MS } from '../history/store.ts';

/** All but `hourAgo` up to now. */
export interface Recent {
  readonly fiveMinutes: Bucket;
  readonly hour: Bucket;
  /** Five minutes, an hour ago. */
  readonly hourAgo: Bucket;
  /** Since midnight UTC. */
  readonly today: Bucket;
  /** The last 24 hours. */
  readonly day: Bucket;
  /** What all history takes in Redis. */
  readonly bytes: number;
}

interface Recorded extends Recent {
  readonly minute: number;
  /** All counts when the last minute was recorded. */
  readonly counts: Bucket;
}

const EMPTY: Bucket = new Map();

export class RecentHistory {
  readonly #history: HistoryStore;
  #recorded: Recorded | undefined;

  constructor(history: HistoryStore) {
    this.#history = history;
  }

  /** @param counts All counts so far. */
  async read(counts: Bucket): Promise<Recent> {
    const minuteNow = Math.floor(Date.now() / MINUTE_MS);
    if (this.#recorded?.minute !== minuteNow - 1) this.#recorded = await this.#read(minuteNow);
    const { counts: before, minute: _, ...recent } = this.#recorded;
    const more = since(counts, before);
    const withMore = (bucket: Bucket) => merge(bucket, more);
    return {
      ...recent,
      fiveMinutes: withMore(recent.fiveMinutes),
      hour: withMore(recent.hour),
      today: withMore(recent.today),
      day: withMore(recent.day),
    };
  }

  async #read(minuteNow: number): Promise<Recorded> {
    const last = await this.#history.last();
    const hourNow = Math.floor(minuteNow / 60);
    const minutes = await this.#history.buckets('minutes', { from: minuteNow - 65, to: minuteNow });
    const hours = await this.#history.buckets('hours', { from: hourNow - 24, to: hourNow + 1 });
    const sum = (
      buckets: ReadonlyMap<number, Bucket>,
      from: number,
      to = Number.POSITIVE_INFINITY,
    ) =>
      [...buckets]
        .filter(([at]) => at >= from && at < to)
        .reduce((all, [, bucket]) => merge(all, bucket), EMPTY);
    return {
      minute: last?.minute ?? 0,
      counts: last?.counts ?? EMPTY,
      fiveMinutes: sum(minutes, minuteNow - 5),
      hour: sum(minutes, minuteNow - 60),
      hourAgo: sum(minutes, minuteNow - 65, minuteNow - 60),
      today: sum(hours, hourNow - (hourNow % 24)),
      day: sum(hours, hourNow - 23),
      bytes: await this.#history.bytes(minuteNow * MINUTE_MS),
    };
  }
}
