/** `GET /cache/advice`: what the cache would answer if tiers were larger or smaller, or answers lived longer. */
import {
  type Counts,
  FACTORS,
  type ModelCounts,
  type SimulatedTier,
  shareOf,
  type TierCounts,
} from '@deja/cache-core';
import { iso } from '@deja/wire';
import type { RequestHandler } from 'express';
import type { ApiContext } from '../context.ts';
import { freshMsOf } from './open-simulation.ts';

/** Fewer sampled keys say too little. */
const TRUSTED_KEYS = 200;
/** The simulation of the actual size may miss what was measured by so much. */
const TRUSTED_DIFFERENCE = 0.05;
const ACTUAL = FACTORS.indexOf(1);

export function adviceRoute(context: ApiContext): RequestHandler {
  return (_req, res) => {
    const { counts, followedKeys, tiers } = context.simulation.report();
    const pairs = tiers.flatMap((tier, at) => {
      const ofTier = counts.tiers[at];
      return ofTier ? [[tier, ofTier] as const] : [];
    });
    const isClose = pairs.every(([, ofTier]) => differenceOf(counts, ofTier) <= TRUSTED_DIFFERENCE);
    res.json({
      sizes: pairs.flatMap(([tier, ofTier]) => sizesOf(tier, ofTier, counts)),
      measured: pairs.map(([tier, ofTier]) => measuredOf(tier, ofTier, counts)),
      trusted: followedKeys >= TRUSTED_KEYS && isClose,
      ttls: [...counts.models].flatMap(([name, ofModel]) => {
        const freshMs = freshMsOf(context.models.get(name), context.config);
        return ttlsOf(name, ofModel, freshMs);
      }),
      since: iso(counts.since),
    });
  };
}

function differenceOf(counts: Counts, { hits, simulatedHits }: TierCounts): number {
  const simulated = shareOf(counts, simulatedHits[ACTUAL] ?? 0).ratio;
  return Math.abs(simulated - hits / Math.max(1, counts.all));
}

function sizesOf({ tier, maxBytes }: SimulatedTier, ofTier: TierCounts, counts: Counts) {
  return FACTORS.map((factor, at) => {
    const simulated = ofTier.simulatedHits[at] ?? 0;
    const { ratio, hits } = shareOf(counts, simulated);
    const computeMs = (ofTier.simulatedMs[at] ?? 0) / Math.max(1, simulated);
    return {
      ...{ tier, factor, max_bytes: Math.round(maxBytes * factor), hit_ratio: digits(ratio, 4) },
      ...saved(tier, hits, { computeMs, lookupMs: lookupMs(counts) }),
    };
  });
}

function measuredOf({ tier }: SimulatedTier, { hits, savedMs }: TierCounts, counts: Counts) {
  const computeMs = savedMs / Math.max(1, hits);
  return {
    ...{ tier, hit_ratio: digits(hits / Math.max(1, counts.all), 4) },
    ...saved(tier, hits, { computeMs, lookupMs: lookupMs(counts) }),
  };
}

/** A hit in memory saves the look-up in lower tiers; one in the lowest of them, the computation. */
function saved(
  tier: SimulatedTier['tier'],
  hits: number,
  { computeMs, lookupMs }: { readonly computeMs: number; readonly lookupMs: number },
) {
  return tier === 'memory'
    ? { lookup_seconds_saved: digits((hits * lookupMs) / 1000, 3) }
    : { compute_seconds_saved: digits((hits * computeMs) / 1000, 3) };
}

const lookupMs = ({ lowerMs, lowerLookups }: Counts): number => lowerMs / Math.max(1, lowerLookups);

function ttlsOf(model: string, counts: ModelCounts, freshMs: number) {
  const { recomputed, unchanged } = counts;
  return FACTORS.map((factor, at) => {
    const simulated = counts.hits[at] ?? 0;
    const { ratio, hits } = shareOf(counts, simulated);
    const computeMs = (counts.savedMs[at] ?? 0) / Math.max(1, simulated);
    return {
      ...{
        model,
        factor,
        ttl_s: digits((freshMs * factor) / 1000, 3),
        hit_ratio: digits(ratio, 4),
      },
      compute_seconds_saved: digits((hits * computeMs) / 1000, 3),
      unchanged_ratio: recomputed === 0 ? null : digits(unchanged / recomputed, 4),
    };
  });
}

const digits = (value: number, count: number): number => Number(value.toFixed(count));
