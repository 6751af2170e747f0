import type { Series, SeriesPlot } from '../api/series-documents.ts';
import { amount, value as write } from '../format/figures.ts';
import { epochS } from '../format/time.ts';
import { Plot } from '../parts/plot.tsx';
import type { PlotSeries } from '../parts/plot-options.ts';

/** Columns beside ds: what was, what is forecast, and its band. */
interface ForecastColumns {
  readonly ds: readonly string[];
  readonly y: readonly (number | null)[];
  readonly yhat: readonly (number | null)[];
  readonly yhat_lower: readonly (number | null)[];
  readonly yhat_upper: readonly (number | null)[];
}

interface Props {
  readonly label: string;
  readonly columns: ForecastColumns;
  readonly marks?: readonly number[];
}

/** Dots for what was, a line for the forecast, an area for its band. */
export function ForecastPlot({ label, columns, marks }: Props) {
  const { ds, y, yhat, yhat_lower: lower, yhat_upper: upper } = columns;
  const series: PlotSeries[] = [
    { label: 'upper', values: upper, colour: 'band', isEdge: true },
    { label: 'lower', values: lower, colour: 'band', isEdge: true },
    { label: 'forecast', values: yhat, colour: 'hit' },
    { label: 'was', values: y, colour: 'ink-2', isDots: true },
  ];
  return (
    <Plot
      {...axisOf(ds)}
      label={label}
      series={series}
      band={[0, 1]}
      write={write}
      height="tall"
      {...(marks && { marks })}
    />
  );
}

const axisOf = (ds: readonly string[]) => {
  const xs = ds.map(epochS);
  const names = new Map(xs.map((x, at) => [x, ds[at] ?? '']));
  return { xs, isTime: true, xLabel: 'Date', writeX: (x: number) => names.get(x) ?? '' };
};

/** A trend may bend at many places; most bends are close to none. */
const SMALL_BEND = 0.1;

function bendsOf({ changepoints }: SeriesPlot) {
  const greatest = Math.max(...changepoints.map(({ delta }) => Math.abs(delta)));
  return changepoints.filter(({ delta }) => Math.abs(delta) > SMALL_BEND * greatest);
}

export function HistoryPlot({ plot }: { plot: SeriesPlot }) {
  const bends = bendsOf(plot);
  return (
    <section aria-labelledby="h-history">
      <h2 id="h-history">The series and its forecast</h2>
      <p class="note">
        The area is the band of 80 %. Dotted lines: the trend changes there, in{' '}
        {amount(bends.length, 'place')}.
      </p>
      <ForecastPlot
        label={`The series ${plot.model_id} and its forecast with a band of 80 %`}
        columns={plot}
        marks={bends.map(({ ds }) => epochS(ds))}
      />
    </section>
  );
}

export function ComponentPlots({ plot }: { plot: SeriesPlot }) {
  const names = Object.keys(plot.components);
  if (names.length === 0) return null;
  const axis = axisOf(plot.ds);
  return (
    <section aria-labelledby="h-components">
      <h2 id="h-components">What it is made of</h2>
      <div class="comps">
        {names.map((name) => (
          <div key={name}>
            <h3>{name}</h3>
            <Plot
              {...axis}
              label={`Component ${name}`}
              series={[{ label: name, values: plot.components[name] ?? [], colour: 'hit' }]}
              write={write}
              height="low"
            />
          </div>
        ))}
      </div>
    </section>
  );
}

export function CamePlot({ series }: { series: Series }) {
  return (
    <section aria-labelledby="h-came">
      <h2 id="h-came">What was forecast, and what then came</h2>
      <ForecastPlot
        label={`Forecasts of ${series.model_id} before the points came, and the points`}
        columns={series.came}
      />
    </section>
  );
}
