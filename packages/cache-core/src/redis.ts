export { shardIndexOf } from './key.ts';
export { createLogClient, type LogClientOptions } from './log/log-client.ts';
export { logPrelude } from './log/log-lua.ts';
export { createNotifier, type Notifier } from './log/notifier.ts';
export { shardPrefixOf } from './names.ts';
export { primariesOf, type RedisClient } from './redis-client.ts';
export { linkLua } from './scripts/link-lua.ts';
export { defineScript, type Script, type ScriptArgument } from './scripts/script.ts';
export { guardSlot } from './scripts/slot-guard.ts';
export {
  type CounterTotals,
  createSharedCounters,
  type SharedCounters,
} from './shared-counters.ts';
export { type LowerTiers, type LowerTiersOptions, openLowerTiers } from './tiers/lower-tiers.ts';
export {
  type ArtefactIndex,
  createArtefactIndex,
  type ListedArtefact,
} from './tiers/redis/artefact-index.ts';
export { createRedisTier, type RedisTier, type RedisTierOptions } from './tiers/redis/redis.ts';
export { storeLua } from './tiers/redis/tier-lua.ts';
