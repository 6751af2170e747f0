/** Which series are forecast, and how their forecasts fared against what then came. */
import { pathWith, read } from '../api/client.ts';
import type { SeriesLine, SeriesPage } from '../api/series-documents.ts';
import { count, percent, seconds, times } from '../format/figures.ts';
import { when } from '../format/time.ts';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Empty, ProblemNote } from '../parts/notices.tsx';
import { useResource } from '../parts/resource.ts';
import { address, hrefOf, setQuery } from '../state/address.ts';
import { areOfTenants, TENANT_COLUMN, tenantOf } from '../state/tenants.ts';
import { callTo } from './call.ts';
import { exampleBody } from './example.ts';
import { snippet } from './snippets.ts';
import { TenantField } from './tenant-field.tsx';

const PAGE = 100;

const COLUMNS: readonly Column<SeriesLine>[] = [
  {
    name: 'Series',
    cell: (line) => (
      <a href={hrefOf(['series', line.model_id], { tenant: tenantOf(line) })}>{line.model_id}</a>
    ),
  },
  { name: 'Last asked', isNumber: true, cell: (line) => when(line.asked_at) },
  { name: 'Model', cell: ({ last_decision: { source } }) => source },
  { name: 'Why', cell: ({ last_decision: { reason } }) => <code>{reason}</code> },
  { name: 'Age of the model', isNumber: true, cell: (line) => seconds(line.age_s) },
  { name: 'Points', isNumber: true, cell: (line) => count(line.last_decision.points) },
  { name: 'Error, new over trained', isNumber: true, cell: (line) => times(line.error_ratio) },
  { name: 'Within the 80 % band', isNumber: true, cell: (line) => percent(line.coverage) },
];

export function SeriesView() {
  const { q, order = 'worst', cursor, tenant } = address.value.query;
  const path = pathWith('/admin/series', { q, order, cursor, tenant, limit: PAGE });
  const { value, problem, isLoading } = useResource(path, (signal) =>
    read<SeriesPage>(path, signal),
  );
  return (
    <section aria-labelledby="h-series">
      <h1 id="h-series">{titleOf(value)}</h1>
      <p class="lead">
        {order === 'worst'
          ? 'First come those whose last forecast missed what then came by most.'
          : 'First come those that were asked for last.'}
      </p>
      <div class="filters">
        <div class="field grow">
          <label for="f-q">Name holds</label>
          <input
            id="f-q"
            type="search"
            value={q ?? ''}
            onChange={(event) => setQuery({ q: event.currentTarget.value, cursor: '' })}
          />
        </div>
        <TenantField />
        <nav class="seg" aria-label="Order">
          {(['worst', 'recent'] as const).map((each) => (
            <a
              key={each}
              href={hrefOf(['series'], { q, tenant, order: each })}
              aria-current={order === each ? 'true' : undefined}
            >
              {each}
            </a>
          ))}
        </nav>
      </div>
      {problem && <ProblemNote problem={problem} />}
      {value && value.series.length > 0 && (
        <DataTable
          label="Series"
          rows={value.series}
          columns={areOfTenants(value.series) ? [...COLUMNS, TENANT_COLUMN] : COLUMNS}
          keyOf={({ model_id: id, tenant }) => `${tenant} ${id}`}
        />
      )}
      {value?.next_cursor !== undefined && (
        <p>
          <a href={hrefOf(['series'], { q, order, tenant, cursor: value.next_cursor })}>
            Next {PAGE}
          </a>
        </p>
      )}
      {value?.series.length === 0 && !isLoading && (
        <NoSeries isFiltered={[q, cursor, tenant].some((each) => each !== undefined)} />
      )}
    </section>
  );
}

function titleOf(page: SeriesPage | undefined): string {
  const worst = page?.series.find(({ error_ratio: ratio = 0 }) => ratio > 2);
  if (worst)
    return `${worst.model_id} is forecast worst: ${times(worst.error_ratio)} its error in training.`;
  if (page && page.series.length > 0) return 'No forecast misses what came by more than usual.';
  return 'Series';
}

const forecastCall = () => snippet('curl', callTo('/forecast', exampleBody(14)));

function NoSeries({ isFiltered }: { isFiltered: boolean }) {
  if (isFiltered)
    return (
      <Empty title="No series matches.">
        <a href={hrefOf(['series'])}>Show all</a>
      </Empty>
    );
  return (
    <Empty title="No series yet: a forecast with a model_id makes one." command={forecastCall()}>
      Or paste one: <a href={hrefOf(['try'])}>Try it</a>.
    </Empty>
  );
}
