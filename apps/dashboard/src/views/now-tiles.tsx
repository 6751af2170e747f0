import type { Overview } from '../api/documents.ts';
import { count, percent, seconds, secondsParts, short } from '../format/figures.ts';
import { hourMinute } from '../format/time.ts';
import { Tile } from '../parts/tile.tsx';
import { Twin } from '../parts/twin.tsx';
import { hrefOf } from '../state/address.ts';
import { greatestOf, type Histories, scaledBy, sumOf } from '../state/history.ts';

interface Props {
  readonly figures: Overview;
  readonly hour: Histories | undefined;
}

export function NowTiles({ figures, hour }: Props) {
  const { runs, slots, seconds_saved: saved, seconds_computed: computed } = figures;
  const lines = hour && linesOf(hour);
  const [wait, waitUnit] = secondsParts(figures.oldest_wait_s ?? 0);
  const [savedFigure, savedUnit] = secondsParts(saved);
  const lane = figures.oldest_wait_lane;
  const usual = figures.lanes.find((each) => each.lane === lane)?.usual_wait_s;
  const share = computed > 0 ? (saved + computed) / computed : undefined;
  return (
    <section aria-label="Now and the last hour">
      <div class="strip two">
        <Tile
          href={hrefOf(['runs'], { state: 'queued,retrying', lane })}
          label="Oldest wait"
          figure={wait}
          unit={`${waitUnit}${lane === undefined ? '' : `, lane ${lane}`}`}
          compare={
            lane === undefined
              ? 'Nothing waits'
              : usual === undefined
                ? 'What is usual is not known yet'
                : `Usual ${seconds(usual)}`
          }
          values={lines?.oldest}
          tone="queued"
        />
        <Tile
          href={hrefOf(['cache'])}
          label="Hit ratio"
          figure={figures.hit_ratio === undefined ? '–' : (figures.hit_ratio * 100).toFixed(1)}
          unit="%"
          compare={`${percent(figures.hit_ratio_hour_ago)} an hour ago; today ${percent(figures.hit_ratio_today)}`}
          values={lines?.ratio}
          tone="hit"
          topAt={1}
        />
        <Tile
          href={hrefOf(['cache'])}
          label="Compute saved today"
          figure={savedFigure}
          unit={savedUnit}
          compare={`${seconds(computed)} computed${share === undefined ? '' : `: each second did the work of ${short(share)}`}`}
          values={lines?.saved}
          tone="hit"
        />
      </div>
      <div class="strip four">
        <Tile
          isSmall
          href={hrefOf(['cache'])}
          label="Requests a second"
          figure={short(figures.requests_per_s.total)}
          values={lines?.requests}
          tone="ink"
        />
        <Tile
          isSmall
          href={hrefOf(['runs'], { state: 'open' })}
          label="Runs open"
          figure={count(runs.open)}
          unit={`${count(runs.running)} running`}
          values={lines?.open}
          tone="queued"
        />
        <Tile
          isSmall
          href={hrefOf(['runs'], { state: 'running' })}
          label="Slots busy"
          figure={count(slots.busy)}
          unit={`of ${count(slots.slots)}; ${count(slots.wanted)} wanted`}
          values={lines?.busy}
          tone="running"
          topAt={slots.slots}
        />
        <Tile
          isSmall
          href={hrefOf(['runs'], { state: 'failed' })}
          label="Failed in the last hour"
          figure={count(runs.failed_last_hour)}
          unit={`of ${count(runs.ended_last_hour)} runs`}
          values={lines?.failed}
          tone="failed"
        />
      </div>
      {lines && (
        <Twin
          label="The last hour by minute"
          summary="The last hour as a table"
          headLabel="Minute"
          heads={lines.times.map(hourMinute)}
          columns={[
            { label: 'Oldest wait', values: lines.oldest, write: seconds },
            { label: 'Hit ratio', values: lines.ratio, write: percent },
            { label: 'Saved', values: lines.saved, write: seconds },
            { label: 'Requests a second', values: lines.requests, write: short },
            { label: 'Runs open', values: lines.open, write: count },
            { label: 'Slots busy', values: lines.busy, write: count },
            { label: 'Failed', values: lines.failed, write: count },
          ]}
        />
      )}
    </section>
  );
}

function linesOf(hour: Histories) {
  const { requests, slots, open_runs: open, runs } = hour;
  const of = (history: { values: Record<string, (number | null)[]> }, name: string) =>
    history.values[name] ?? [];
  const asked = ['hit', 'stale', 'miss', 'bypass'].map((name) => of(requests, name));
  return {
    times: requests.times,
    oldest: greatestOf(Object.values(hour.oldest_wait_s.values)),
    ratio: of(hour.hit_ratio, 'all'),
    saved: of(hour.seconds, 'saved'),
    requests: scaledBy(sumOf(asked), 1 / requests.step),
    open: of(open, 'open'),
    busy: of(slots, 'busy'),
    failed: of(runs, 'failed'),
  };
}
