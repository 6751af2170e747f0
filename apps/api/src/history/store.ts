/**
 * History in the queue Redis: a bucket a minute for 7 days, and one an hour for 90.
 *
 * Promises, each with a test of the same name:
 *
 *  - a minute is recorded once, whoever records it;
 *  - what was counted is in one bucket, across restarts as well;
 *  - a day of minutes of all series takes less than 200 kB, and every key goes by itself.
 *
 * `P history` has the minute that was recorded last, and all counts as they were then. The buckets of a
 * minute are what was counted since. `P history:m:<hour>` holds the minutes of an hour, `P
 * history:h:<day>` the hours of a day; hours and days count from 1970.
 */
import { defineJobScript, type QueueRedis } from '@deja/jobs';
import { type Blob, type Bucket, bucketOf, decodeBlob, encodeBlob, withBucket } from './blob.ts';
import { isOfModel, merge, since } from './series.ts';

export const MINUTE_DAYS = 7;
export const HOUR_DAYS = 90;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
export const MINUTE_MS = 60_000;
/** Counting that began longer ago has no place in the first bucket. */
const NEW_MS = 2 * MINUTE_MS;

/**
 * ARGV: 3 the minute on which this record builds, or ''; 4 the minute; 5 the counts; then name, value and
 * ms to keep of each blob. Replies 1: recorded; 0: somebody else has.
 */
const recordScript = defineJobScript(`
local key = P .. 'history'
if (redis.call('HGET', key, 'minute') or '') ~= ARGV[3] then return 0 end
redis.call('HSET', key, 'minute', ARGV[4], 'counts', ARGV[5])
for i = 6, #ARGV, 3 do redis.call('SET', P .. 'history:' .. ARGV[i], ARGV[i + 1], 'PX', ARGV[i + 2]) end
return 1
`);

export interface Recorded {
  /** Minutes since 1970. */
  readonly minute: number;
  readonly counts: ReadonlyMap<string, number>;
}

export class HistoryStore {
  readonly #queue: QueueRedis;

  constructor(queue: QueueRedis) {
    this.#queue = queue;
  }

  /** What was recorded last. */
  async last(): Promise<Recorded | undefined> {
    const [minute, counts] = await this.#queue.redis.hmget(this.#key(''), 'minute', 'counts');
    if (!minute || !counts) return undefined;
    return { minute: Number(minute), counts: new Map(Object.entries(JSON.parse(counts))) };
  }

  /**
   * Records a minute that is over. Does nothing if it, or a later one, is recorded.
   *
   * @param counts All counts so far. @param gauges What was measured in the minute.
   * @param countingSince When counting began. Unit: epoch ms.
   */
  async record(
    minute: number,
    { counts, gauges, countingSince }: { counts: Bucket; gauges: Bucket; countingSince: number },
  ): Promise<boolean> {
    const last = await this.last();
    if (last && last.minute >= minute) return false;
    const isNew = countingSince > minute * MINUTE_MS - NEW_MS;
    const before = last?.counts ?? (isNew ? new Map() : counts);
    const bucket = merge(since(counts, before), gauges);
    const hour = Math.floor(minute / 60);
    const names = [minutesOf(hour), hoursOf(Math.floor(hour / 24))] as const;
    const [minutes, hours] = (await Promise.all(names.map((name) => this.#read(name)))) as [
      Blob,
      Blob,
    ];
    const ofAll = new Map([...bucket].filter(([name]) => !isOfModel(name)));
    const total = merge(bucketOf(hours, hour % 24) ?? new Map(), bucket);
    const reply = await this.#queue.call(
      recordScript,
      ...[last?.minute ?? '', minute, JSON.stringify(Object.fromEntries(counts))],
      ...[
        names[0],
        await encodeBlob(withBucket(minutes, minute % 60, ofAll)),
        MINUTE_DAYS * DAY_MS + HOUR_MS,
      ],
      ...[
        names[1],
        await encodeBlob(withBucket(hours, hour % 24, total)),
        (HOUR_DAYS + 1) * DAY_MS,
      ],
    );
    return reply === 1;
  }

  /** Buckets of minutes (or of hours) from `from` up to `to`; those that were not recorded are left out. */
  async buckets(
    of: 'minutes' | 'hours',
    { from, to }: { readonly from: number; readonly to: number },
  ): Promise<Map<number, Bucket>> {
    const size = of === 'minutes' ? 60 : 24;
    const found = new Map<number, Bucket>();
    for (let group = Math.floor(from / size); group * size < to; group += 1) {
      const blob = await this.#read(of === 'minutes' ? minutesOf(group) : hoursOf(group));
      for (const number of blob.at) {
        const at = group * size + number;
        const bucket = at >= from && at < to ? bucketOf(blob, number) : undefined;
        if (bucket) found.set(at, bucket);
      }
    }
    return found;
  }

  /** What all of it takes in Redis, about. Unit: bytes. */
  async bytes(now: number): Promise<number> {
    const hour = Math.floor(now / HOUR_MS);
    const names = [
      ...Array.from({ length: MINUTE_DAYS * 24 + 1 }, (_, at) => minutesOf(hour - at)),
      ...Array.from({ length: HOUR_DAYS + 1 }, (_, at) => hoursOf(Math.floor(hour / 24) - at)),
    ];
    const sizes = await Promise.all(names.map((name) => this.#queue.redis.strlen(this.#key(name))));
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  async #read(name: string): Promise<Blob> {
    return decodeBlob(await this.#queue.redis.getBuffer(this.#key(name)));
  }

  #key(name: string): string {
    return `${this.#queue.shard.prefix}history${name === '' ? '' : `:${name}`}`;
  }
}

const minutesOf = (hour: number): string => `m:${hour}`;
const hoursOf = (day: number): string => `h:${day}`;
