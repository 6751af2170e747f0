/**
 * `npm run shards`: tells the number of shards, and what is open in each; `npm run shards -- <n>` changes
 * it (docs/operations.md, "Changing QUEUE_SHARDS").
 */
import { setTimeout as delay } from 'node:timers/promises';
import { createRedisTier } from '@deja/cache-core/redis';
import { changeShards, readShards, ShardsInUseError, shardsOf } from '@deja/jobs';
import { jobSettings } from '@deja/jobs/settings';
import { hostsOf, openRedisConnections } from '@deja/redis';
import { redisConfigOf, redisSettings } from '@deja/redis/settings';
import { createLogger, loadConfigOrExit } from '@deja/runtime';
import { z } from 'zod';

const PATIENCE_MS = 5000;

const [wanted] = process.argv.slice(2);
const { QUEUE_SHARDS } = jobSettings;
const env = loadConfigOrExit(z.object({ ...redisSettings, QUEUE_SHARDS }), {
  ...process.env,
  ...(wanted !== undefined && { QUEUE_SHARDS: wanted }),
});
const config = redisConfigOf(env);
const { redisUrl: url, redisPrefix: namespace } = config;
const count = wanted === undefined ? undefined : env.QUEUE_SHARDS;

const probeKeys = shardsOf(namespace).map(({ prefix }) => `${prefix}none`).all;
const log = createLogger('shards', 'warn');
using server = openRedisConnections({ url, role: 'queue', probeKeys, log });
const redis = server.connect('worker'); // waits for its connection
const isThere = await Promise.race([redis.ping(), delay(PATIENCE_MS)]);
if (!isThere) end(`Redis does not answer: ${hostsOf(url)}`);

const before = await readShards(redis, namespace);
if (count === undefined) {
  console.log(`QUEUE_SHARDS=${before.count ?? 'not set yet'}`);
  for (const { shard, openRuns, pendingDeliveries } of before.shards)
    console.log(`shard ${shard}: ${openRuns} open runs, ${pendingDeliveries} pending deliveries`);
} else if (count === before.count) {
  console.log(`it is ${count} already`);
} else {
  const renewed = await changeShards(redis, namespace, count).catch((error: unknown) => {
    if (!(error instanceof ShardsInUseError)) throw error;
    return end(error.message);
  });
  const gone = shardsOf(namespace, before.held).all.slice(count);
  if (config.cacheRedisUrl === undefined && gone.length > 0)
    await createRedisTier(redis, {
      keyPrefix: gone.map(({ prefix }) => prefix),
      maxBytes: 1,
    }).clear();
  if (renewed.length > 0)
    console.log(`entries of these shards were given up: ${renewed.join(', ')}`);
  console.log(`start all processes with QUEUE_SHARDS=${count}`);
}

function end(why: string): never {
  console.error(why);
  process.exit(1);
}
