import { diskGet, redisGet } from './cache/lower-tiers.ts';
import { memoryGet, memoryPut } from './cache/memory.ts';
import { firstSight, seriesKey } from './cache/series.ts';
import { type Effort, share, sizes } from './cache/sizes.ts';
import type { Report } from './report.ts';

export async function benchCache(effort: Effort): Promise<Report> {
  const [small, large] = sizes(effort);
  return {
    name: 'cache',
    title: 'Tiers and keys beside their peers',
    notes: [
      'All variants of a table do the same work in one process, in turns, round by round. The ratio is the ' +
        "median over the rounds of a variant's time to the first one's: above 1, the first is faster. Only the " +
        'ratios mean anything: the machine is shared, and the times move with it.',
      'The memory tier checks at every get whether the entry has expired, as lru-cache does with a ttl; both ' +
        'read the clock once for a stretch of code. The Redis and disk tiers check a SHA-256 over what they ' +
        'read; the others parse JSON.',
    ],
    peers: [
      'lru-cache',
      'bentocache',
      'cacheable',
      '@keyv/redis',
      'ioredis',
      'canonicalize',
      'zod',
    ],
    tables: [
      await memoryGet(small),
      await memoryGet(large),
      await memoryPut(share(small, 4)),
      await memoryPut(share(large, 4)),
      await redisGet(share(small, 5)),
      await redisGet(share(large, 20)),
      await diskGet(share(small, 10)),
      await diskGet(share(large, 20)),
      await seriesKey(effort),
      await firstSight(effort),
    ],
  };
}
