import type { Lane, Overview } from '../api/documents.ts';
import { seconds, value } from '../format/figures.ts';
import { hourMinute } from '../format/time.ts';
import { Plot } from '../parts/plot.tsx';
import type { PlotSeries } from '../parts/plot-options.ts';
import { address, setQuery } from '../state/address.ts';
import { type Histories, scaledBy, stacked } from '../state/history.ts';

const LANES: readonly Lane[] = ['short', 'long', 'bulk', 'refresh'];
const OUTCOMES = ['hit', 'stale', 'miss', 'bypass'] as const;

const perSecond = (of: number | null | undefined): string =>
  of === null || of === undefined ? '–' : `${value(of)}/s`;

export function NowPlots({ hour, figures }: { hour: Histories; figures: Overview }) {
  const xs = hour.requests.times.map((at) => Date.parse(at) / 1000);
  const lane = laneShown(figures);
  const common = {
    xs,
    writeX: (x: number) => hourMinute(x * 1000),
    xLabel: 'Minute',
    isTime: true,
  };
  return (
    <div class="cols">
      <section class="c6" aria-labelledby="h-requests">
        <h2 id="h-requests">Requests a second, by outcome</h2>
        <Plot
          {...common}
          label="Requests a second over the last hour, stacked by outcome"
          series={requestSeries(hour)}
          write={perSecond}
        />
      </section>
      <section class="c6" aria-labelledby="h-waits">
        <div class="head">
          <h2 id="h-waits">Waiting and computing</h2>
          <label>
            <span class="vh">Lane</span>
            <select
              value={lane}
              onChange={(event) => setQuery({ lane: event.currentTarget.value })}
            >
              {LANES.map((each) => (
                <option key={each} value={each}>
                  lane {each}
                </option>
              ))}
            </select>
          </label>
        </div>
        <Plot
          {...common}
          label={`Waiting and computing in lane ${lane} over the last hour`}
          series={waitSeries(hour, lane)}
          write={seconds}
        />
      </section>
    </div>
  );
}

/** The lane that is asked for, else the one where the oldest waits, else long. */
function laneShown(figures: Overview): Lane {
  const asked = LANES.find((each) => each === address.value.query.lane);
  return asked ?? figures.oldest_wait_lane ?? 'long';
}

/** Areas are drawn from the top of the stack down, so that each shows. */
function requestSeries({ requests }: Histories): PlotSeries[] {
  const columns = OUTCOMES.map((name) =>
    scaledBy(requests.values[name] ?? requests.times.map(() => null), 1 / requests.step),
  );
  const tops = stacked(columns);
  return OUTCOMES.map(
    (name, at): PlotSeries => ({
      label: name,
      values: columns[at] ?? [],
      drawn: tops[at] ?? [],
      colour: name,
      fill: name === 'hit' ? 'band' : name,
    }),
  ).reverse();
}

function waitSeries({ oldest_wait_s: oldest, wait_s: waits, run_s: runs }: Histories, lane: Lane) {
  const column = (values: Record<string, (number | null)[]>, name: string) => values[name] ?? [];
  return [
    { label: 'oldest waiting', values: column(oldest.values, lane), colour: 'queued', dash: true },
    { label: 'waited, p95', values: column(waits.values, `${lane}.p95`), colour: 'queued' },
    { label: 'computed, p95', values: column(runs.values, `${lane}.p95`), colour: 'running' },
  ] satisfies PlotSeries[];
}
