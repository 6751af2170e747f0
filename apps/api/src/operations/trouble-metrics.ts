/** What this process cannot reach or use, for alerts: 1 if so, else 0, so that sums count processes. */
import { Gauge } from '@deja/runtime';
import type { ApiContext } from '../context.ts';

type Needs = 'config' | 'registry' | 'health' | 'invalidations' | 'lower' | 'skippedSince';

export function registerTroubleMetrics(context: Pick<ApiContext, Needs>): void {
  const { config, registry, health, invalidations, lower, skippedSince } = context;
  const registers = [registry];
  new Gauge({
    name: 'deja_redis_in_trouble',
    help: 'Processes that cannot reach this Redis, or that it refuses',
    ...{ labelNames: ['role'], registers },
    collect() {
      const roles = { queue: health.redis, cache: health.cacheRedis };
      for (const [role, { isUp, trouble }] of Object.entries(roles))
        this.set({ role }, Number(!isUp || trouble !== undefined));
    },
  });
  new Gauge({
    name: 'deja_log_unverified',
    help: 'Processes that cannot reach the invalidation log, or one shard of it, and mark what they serve',
    registers,
    async collect() {
      const trusts = await Promise.all(invalidations.map((log) => log.trust()));
      this.set(Number(trusts.some(({ mode }) => mode !== 'verified')));
    },
  });
  new Gauge({
    name: 'deja_tier_skipped',
    help: 'Processes that do without a tier because it is slow or broken',
    ...{ labelNames: ['tier'], registers },
    collect() {
      for (const { name: tier } of lower.all) this.set({ tier }, Number(skippedSince.has(tier)));
      if (config.cacheDir !== undefined && !lower.disk) this.set({ tier: 'disk' }, 1);
    },
  });
}
