/** The answer of the first view: one sentence made from the figures, and what else needs a look. */
import type { LaneFigures, Overview } from '../api/documents.ts';
import { amount, count, seconds } from '../format/figures.ts';
import { clock } from '../format/time.ts';
import { hrefOf } from '../state/address.ts';

export interface Look {
  readonly kind: 'warn' | 'bad';
  readonly what: string;
  readonly consequence: string;
  readonly href: string;
  readonly link: string;
}

export interface Headline {
  readonly title: string;
  readonly lead: string;
  readonly href?: string;
  readonly link?: string;
}

/** Waits shorter than this are nobody's trouble. Unit: s. */
const SHORT_WAIT_S = 2;

export const hasNothing = (figures: Overview): boolean =>
  figures.models.every((model) => model.requests === 0) &&
  figures.runs.open === 0 &&
  figures.runs.ended_last_hour === 0 &&
  figures.tiers.every((tier) => tier.entries === 0 && tier.hits === 0);

/** The lane whose oldest run waits longest beyond what is usual there, if one does at all. */
function lateLane(lanes: readonly LaneFigures[]): LaneFigures | undefined {
  const late = lanes.filter(
    ({ oldest_wait_s: oldest = 0, usual_wait_s: usual = 0 }) =>
      oldest > Math.max(SHORT_WAIT_S, 2 * usual),
  );
  const excess = ({ oldest_wait_s: oldest = 0, usual_wait_s: usual = 0 }: LaneFigures) =>
    oldest - usual;
  return late.sort((a, b) => excess(b) - excess(a))[0];
}

export function headlineOf(figures: Overview): Headline {
  const { runs, slots, lanes, workers } = figures;
  if (workers === 0 && runs.queued > 0)
    return {
      title: `${amount(runs.queued, 'run waits', 'runs wait')}, and no worker is there.`,
      lead: 'Nothing is computed until one starts: npm run worker.',
      href: hrefOf(['runs'], { state: 'open' }),
      link: 'See what waits',
    };
  const late = lateLane(lanes);
  if (late) {
    const { lane, oldest_wait_s: oldest, usual_wait_s: usual } = late;
    const missing = slots.wanted > slots.slots;
    return {
      title: `Runs of lane ${lane} wait longer than usual.`,
      lead: `The oldest has waited ${seconds(oldest)}${usual === undefined ? '' : `; ${seconds(usual)} is usual`}. ${
        missing
          ? `Slots are missing: ${count(slots.wanted)} wanted, ${count(slots.slots)} there.`
          : `${count(slots.busy)} of ${count(slots.slots)} slots are busy.`
      }`,
      href: hrefOf(['runs'], { state: 'queued,retrying', lane }),
      link: late.queued === 1 ? 'See the run' : `See the ${count(late.queued)} that wait`,
    };
  }
  if (runs.open > 0)
    return {
      title: 'Nothing waits longer than usual.',
      lead: `${amount(runs.open, 'run is', 'runs are')} open, ${count(runs.running)} computed now.`,
      href: hrefOf(['runs'], { state: 'open' }),
      link: runs.open === 1 ? 'See it' : 'See them',
    };
  return {
    title: 'All quiet: nothing waits.',
    lead: `The cache saved ${seconds(figures.seconds_saved)} of computing today; ${seconds(figures.seconds_computed)} were computed.`,
  };
}

export function looksOf({ tiers, webhooks, runs, workers }: Overview): Look[] {
  const looks: Look[] = [];
  if (workers === 0 && runs.queued === 0)
    looks.push({
      ...{ kind: 'warn', what: 'No worker is there.', href: hrefOf(['runs']), link: 'See runs' },
      consequence: 'What the cache does not know waits until one starts: npm run worker.',
    });
  for (const { tier, state, skipped_since: since } of tiers)
    if (state === 'skipped')
      looks.push({
        ...{ kind: 'warn', what: `The ${tier} tier is slow or broken.`, href: hrefOf(['cache']) },
        consequence: `${since === undefined ? 'The' : `Since ${clock(since)} the`} others answer without it.`,
        link: 'See tiers',
      });
  if (webhooks.dead > 0)
    looks.push({
      ...{ kind: 'bad', what: `${amount(webhooks.dead, 'webhook is', 'webhooks are')} dead.` },
      consequence: `${webhooks.dead === 1 ? 'It is' : 'They are'} sent again only by hand.`,
      ...{ href: hrefOf(['webhooks']), link: 'See webhooks' },
    });
  if (runs.failed_last_hour > 0)
    looks.push({
      ...{ kind: 'bad', what: `${amount(runs.failed_last_hour, 'run')} failed in the last hour.` },
      consequence: `${amount(runs.ended_last_hour, 'run')} ended in that time.`,
      href: hrefOf(['runs'], { state: 'failed' }),
      link: runs.failed_last_hour === 1 ? 'See it' : 'See them',
    });
  return looks;
}
