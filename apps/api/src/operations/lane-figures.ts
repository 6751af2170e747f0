/** The figures of lanes: how long runs wait and take, how far estimates are off, how many slots it needs. */
import { LANES, type Lane } from '@deja/jobs';
import { seconds } from '../cache/figures.ts';
import type { Bucket } from '../history/blob.ts';
import { quantileOf } from '../history/quantile.ts';
import { ERROR_BOUNDS } from '../jobs/estimate-errors.ts';
import type { LaneWork, Work } from '../jobs/work.ts';

/** What waits should begin within this time. */
const BEGIN_WITHIN_MS = 10_000;

const secondsOf = (ms: number | undefined) => (ms === undefined ? undefined : seconds(ms));

export function laneFigures(
  { lane, queued, running, retrying, oldestMs }: LaneWork,
  { hour, day }: { readonly hour: Bucket; readonly day: Bucket },
) {
  const quantile = (bucket: Bucket, what: string, share: number) =>
    secondsOf(quantileOf(bucket, `${what}:${lane}:`, { share }));
  const { p50, p90 } = estimateErrors(day, lane);
  return {
    ...{ lane, queued, running, retrying },
    oldest_wait_s: queued === 0 ? undefined : seconds(oldestMs),
    usual_wait_s: quantile(day, 'queue', 0.5),
    waited_p50_s: quantile(hour, 'queue', 0.5),
    waited_p95_s: quantile(hour, 'queue', 0.95),
    computed_p50_s: quantile(hour, 'run', 0.5),
    computed_p95_s: quantile(hour, 'run', 0.95),
    ...{ eta_error_p50: p50, eta_error_p90: p90 },
  };
}

/** By what factor estimates were off; of one lane, or of all. */
export function estimateErrors(bucket: Bucket, lane?: Lane) {
  const lanes = lane === undefined ? LANES : [lane];
  const counts = new Map(
    [...ERROR_BOUNDS, '+Inf'].map((bound) => {
      const of = lanes.map((each) => bucket.get(`eta:${each}:${bound}`) ?? 0);
      return [`eta:${bound}`, of.reduce((sum, count) => sum + count, 0)] as const;
    }),
  );
  const error = (share: number) => {
    const ratio = quantileOf(counts, 'eta:', { share, least: 1 });
    return ratio === undefined ? undefined : Math.round(ratio * 100) / 100;
  };
  const count = [...counts.values()].reduce((sum, n) => sum + n, 0);
  return { p50: error(0.5), p90: error(0.9), count };
}

/** What the queued runs of a lane take one slot. Unit: ms. */
export const queuedMs = ({ queued, averageMs = 0 }: LaneWork): number => queued * averageMs;

/**
 * With so many slots all that waits would begin soon; at least as many as are busy. Work that can wait
 * for an idle slot (`refresh`) starts no workers and keeps none.
 */
export function slotsWanted({ lanes, workers, usualMs }: Work): number {
  const waiting = lanes.filter(({ lane }) => lane !== 'refresh');
  const queued = waiting.reduce((sum, lane) => sum + lane.queued, 0);
  const waitingMs = waiting.reduce((sum, lane) => sum + queuedMs(lane), 0);
  let [busy, heldMs] = [0, 0];
  for (const { slots, about } of workers) {
    const running = about?.running.filter(({ lane }) => lane !== 'refresh') ?? [];
    // A busy slot does what waits as soon as its run ends, so it counts as far as that takes. Of a run
    // that should have ended nobody knows when it does.
    const ownMs = running.reduce((sum, { model, forMs }) => {
      const leftMs = (usualMs.get(model) ?? 0) - forMs;
      return sum + (leftMs > 0 ? Math.min(leftMs, BEGIN_WITHIN_MS) : BEGIN_WITHIN_MS);
    }, 0);
    // Short runs can share a slot.
    busy += Math.min(running.length, slots);
    heldMs += Math.min(ownMs, slots * BEGIN_WITHIN_MS);
  }
  // What nobody can say the time of needs a slot all the same.
  const allMs = heldMs + Math.max(waitingMs, queued > 0 ? 1 : 0);
  return Math.max(busy, Math.min(busy + queued, Math.ceil(allMs / BEGIN_WITHIN_MS)));
}
