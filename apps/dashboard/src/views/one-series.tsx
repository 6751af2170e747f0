/** One series: what its newest model shows, which model answered and why, how forecasts fared. */
import { pathWith, read } from '../api/client.ts';
import type { Decision, Series, SeriesPlot } from '../api/series-documents.ts';
import { count, percent, seconds, times, value as write } from '../format/figures.ts';
import { when } from '../format/time.ts';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { ProblemNote } from '../parts/notices.tsx';
import { useResource } from '../parts/resource.ts';
import { address, hrefOf } from '../state/address.ts';
import { ForgetSeries } from './forget-series.tsx';
import { CamePlot, ComponentPlots, HistoryPlot } from './series-plots.tsx';

export function OneSeriesView({ id }: { id: string }) {
  const { tenant } = address.value.query;
  const path = `/admin/series/${encodeURIComponent(id)}`;
  const [line, model] = [pathWith(path, { tenant }), pathWith(`${path}/plot`, { tenant })];
  const series = useResource(line, (signal) => read<Series>(line, signal));
  const plot = useResource(model, (signal) => read<SeriesPlot>(model, signal));
  const last = series.value?.decisions[0];
  return (
    <section aria-labelledby="h-one">
      <p class="crumb">
        <a href={hrefOf(['series'])}>Series</a> / <code>{id}</code>
        {tenant !== undefined && ` of the tenant ${tenant}`}
      </p>
      <div class="head">
        <h1 id="h-one">{last ? `${id}: ${sentenceOf(last)}` : id}</h1>
        <ForgetSeries id={id} />
      </div>
      {series.problem && <ProblemNote problem={series.problem} />}
      {series.value && last && <Facts series={series.value} last={last} />}
      {plot.problem && <ProblemNote problem={plot.problem} />}
      {plot.value && (
        <>
          <HistoryPlot plot={plot.value} />
          <ComponentPlots plot={plot.value} />
        </>
      )}
      {series.value && series.value.came.ds.length > 0 && <CamePlot series={series.value} />}
      {series.value && <Decisions decisions={series.value.decisions} />}
    </section>
  );
}

const SENTENCES = {
  trained: 'a model was trained for the last forecast.',
  cached: 'the kept model answered the last forecast.',
  reused: 'an older model answered the last forecast.',
} as const;

const sentenceOf = ({ source }: Decision): string => SENTENCES[source];

function Facts({ series, last }: { series: Series; last: Decision }) {
  const { accuracy } = series;
  return (
    <dl class="facts">
      <div>
        <dt>Model</dt>
        <dd>{last.source}</dd>
        <dd>
          <code>{last.reason}</code>
        </dd>
      </div>
      <div>
        <dt>Trained</dt>
        <dd>{when(last.trained_at)}</dd>
        <dd>on {count(last.points)} points</dd>
      </div>
      <div>
        <dt>Error</dt>
        <dd>{write(last.error_new ?? last.error_training)}</dd>
        <dd>
          {last.error_new === undefined
            ? 'in training; no point is newer'
            : `on new points; ${write(last.error_training)} in training`}
        </dd>
      </div>
      <div>
        <dt>Off by</dt>
        <dd>{percent(accuracy?.mean_error_share)}</dd>
        <dd>
          {accuracy ? `over ${count(accuracy.points)} points that came` : 'nothing has come yet'}
        </dd>
      </div>
      <div>
        <dt>Within the band</dt>
        <dd>{percent(accuracy?.within_band)}</dd>
        <dd>80 % is honest</dd>
      </div>
    </dl>
  );
}

/** Without a model of before there is nothing that the series could differ from. */
const changedShare = ({ reason, data_change: share }: Decision): string =>
  percent(reason === 'no_model' ? undefined : share);

const COLUMNS: readonly Column<Decision>[] = [
  { name: 'Asked', cell: ({ at }) => when(at) },
  { name: 'Model', cell: ({ source }) => source },
  { name: 'Why', cell: ({ reason }) => <code>{reason}</code> },
  { name: 'Share changed', isNumber: true, cell: (each) => changedShare(each) },
  { name: 'Points', isNumber: true, cell: ({ points }) => count(points) },
  { name: 'New', isNumber: true, cell: (each) => count(each.new_points) },
  { name: 'Error in training', isNumber: true, cell: (each) => write(each.error_training) },
  { name: 'Error on new', isNumber: true, cell: (each) => write(each.error_new) },
  { name: 'Ratio', isNumber: true, cell: (each) => times(each.error_ratio) },
  { name: 'Within the band', isNumber: true, cell: (each) => percent(each.coverage) },
  { name: 'Took', isNumber: true, cell: (each) => seconds(each.took_ms / 1000) },
];

function Decisions({ decisions }: { decisions: readonly Decision[] }) {
  return (
    <section aria-labelledby="h-decisions">
      <h2 id="h-decisions">Which model answered, and why</h2>
      <DataTable
        label="Decisions, the newest first"
        rows={decisions}
        columns={COLUMNS}
        keyOf={({ at }) => at}
      />
    </section>
  );
}
