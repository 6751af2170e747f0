export {
  type ArtefactIndex,
  createArtefactIndex,
  type ListedArtefact,
} from './artefact-index.ts';
export { type Bell, createBell } from './bell.ts';
export { linkLua } from './link-lua.ts';
export { createLogClient, type LogClientOptions } from './log-client.ts';
export { logPrelude } from './log-lua.ts';
export { type LowerTiers, type LowerTiersOptions, openLowerTiers } from './lower-tiers.ts';
export { defineScript, type Script, type ScriptArgument } from './script.ts';
export {
  type CounterTotals,
  createSharedCounters,
  type SharedCounters,
} from './shared-counters.ts';
export { createRedisTier, type RedisTierOptions } from './tier.ts';
