/** All runs that are kept, filtered. The filter is the address, so that it can be shared. */
import { useState } from 'preact/hooks';
import { pathWith, read } from '../api/client.ts';
import type { Run, RunPage } from '../api/run-documents.ts';
import { amount, count, seconds, shortId } from '../format/figures.ts';
import { when } from '../format/time.ts';
import type { Column } from '../parts/data-table.tsx';
import { State } from '../parts/glyph.tsx';
import { LongTable } from '../parts/long-table.tsx';
import { Empty, ProblemNote } from '../parts/notices.tsx';
import { problemFrom, useResource } from '../parts/resource.ts';
import { address, hrefOf } from '../state/address.ts';
import { overview } from '../state/live.ts';
import { areOfTenants, TENANT_COLUMN } from '../state/tenants.ts';
import { callTo } from './call.ts';
import { RunFilters } from './run-filters.tsx';
import { snippet } from './snippets.ts';

const PAGE = 200;

const COLUMNS: readonly Column<Run>[] = [
  {
    name: 'Run',
    cell: ({ run, model_id: series }) => (
      <>
        <a class="over" href={hrefOf(['runs', run])}>
          {series ?? <code>{shortId(run)}</code>}
        </a>{' '}
        {series !== undefined && <code class="quiet">{run.slice(-4)}</code>}
      </>
    ),
  },
  { name: 'State', cell: (run) => <RunStateCell run={run} /> },
  { name: 'Model', cell: ({ model }) => `${model.name} v${model.version}` },
  { name: 'Lane', cell: ({ lane }) => lane },
  { name: 'Why a miss', cell: (run) => run.miss_reason?.replaceAll('_', ' ') ?? '–' },
  { name: 'Jobs', isNumber: true, cell: (run) => count(run.job_count) },
  { name: 'Created', isNumber: true, cell: (run) => when(run.created_at) },
  { name: 'Waited', isNumber: true, cell: (run) => seconds(run.waited_s) },
  { name: 'Computed', isNumber: true, cell: (run) => seconds(run.computed_s) },
  { name: 'Usual', isNumber: true, cell: (run) => seconds(run.usual_s) },
  { name: 'Tries', isNumber: true, cell: ({ tries, max_tries: most }) => `${tries} of ${most}` },
  { name: 'Worker', cell: ({ worker }) => worker ?? '–' },
];

function RunStateCell({ run: { state, progress } }: { run: Run }) {
  return (
    <>
      <State of={state} />
      {progress && <span class="quiet"> {Math.round(progress.fraction * 100)} %</span>}
    </>
  );
}

export function RunsView() {
  const { state, model, lane, older, tenant } = address.value.query;
  const query = { state, model, lane, tenant, older_than_s: older, limit: PAGE };
  const path = pathWith('/admin/runs', query);
  const list = useRunList(path, query);
  const { runs, problem, cursor, isLoading } = list;
  const open = overview.value?.runs.open;
  const isFiltered = [state, model, lane, older, tenant].some(Boolean);
  return (
    <section aria-labelledby="h-runs">
      <div class="head">
        <h1 id="h-runs">{runsTitle(list, isFiltered)}</h1>
        <button type="button" onClick={list.reload}>
          Show newest
        </button>
      </div>
      <p class="lead">
        {open === undefined ? '' : `${amount(open, 'run is', 'runs are')} open now.`} The newest
        come first; the list stays as it is while you read.
      </p>
      <RunFilters models={overview.value?.models.map(({ name }) => name) ?? []} />
      {problem && <ProblemNote problem={problem} />}
      {runs.length > 0 && (
        <LongTable
          key={path}
          label="Runs"
          rows={runs}
          columns={areOfTenants(runs) ? [...COLUMNS, TENANT_COLUMN] : COLUMNS}
          keyOf={({ run }) => run}
          cursor={cursor}
          onMore={list.more}
        />
      )}
      {runs.length === 0 && !isLoading && !problem && cursor === undefined && (
        <NoRuns isFiltered={isFiltered} open={open ?? 0} />
      )}
      {runs.length === 0 && cursor !== undefined && !isLoading && (
        <p class="none">
          None among the newest.{' '}
          <button type="button" onClick={list.more}>
            Look further back
          </button>
        </p>
      )}
    </section>
  );
}

function runsTitle({ runs, cursor, isLoading }: RunList, isFiltered: boolean): string {
  if (isLoading && runs.length === 0) return 'Runs';
  const of = `${count(runs.length)}${cursor === undefined ? '' : ' or more'}`;
  const word = runs.length === 1 && cursor === undefined ? 'run' : 'runs';
  return isFiltered ? `${of} ${word} match.` : `${of} ${word} are kept.`;
}

function NoRuns({ isFiltered, open }: { isFiltered: boolean; open: number }) {
  if (isFiltered)
    return (
      <Empty title={`No run matches; ${open} are open.`}>
        <a href={hrefOf(['runs'])}>Show all runs</a>
      </Empty>
    );
  const call = callTo('/predict', { text: 'What a lovely day' });
  return (
    <Empty title="No run yet." command={snippet('curl', call)}>
      A question that the cache does not know makes one.
    </Empty>
  );
}

interface RunList {
  readonly runs: readonly Run[];
  readonly cursor: string | undefined;
  readonly problem: ReturnType<typeof problemFrom> | undefined;
  readonly isLoading: boolean;
  readonly more: () => void;
  readonly reload: () => void;
}

/** Pages in a row. A page that comes for a filter of before is dropped. */
function useRunList(path: string, query: Record<string, string | number | undefined>): RunList {
  const first = useResource(path, (signal) => read<RunPage>(path, signal));
  const [later, setLater] = useState<{ of?: RunPage | undefined; pages: RunPage[]; busy: boolean }>(
    { pages: [], busy: false },
  );
  const [problem, setProblem] = useState<RunList['problem']>(undefined);
  const mine = later.of === first.value ? later : { of: first.value, pages: [], busy: false };
  const pages = first.value ? [first.value, ...mine.pages] : [];
  const cursor = pages.at(-1)?.next_cursor;
  const more = () => {
    if (mine.busy || cursor === undefined) return;
    setLater({ ...mine, busy: true });
    read<RunPage>(pathWith('/admin/runs', { ...query, cursor })).then(
      (page) =>
        setLater((now) =>
          now.of === mine.of ? { of: now.of, pages: [...now.pages, page], busy: false } : now,
        ),
      (error: unknown) => {
        setProblem(problemFrom(error));
        setLater((now) => ({ ...now, busy: false }));
      },
    );
  };
  return {
    runs: pages.flatMap((page) => page.runs),
    ...{ cursor, more, problem: first.problem ?? problem },
    isLoading: first.isLoading || mine.busy,
    reload: first.reload,
  };
}
