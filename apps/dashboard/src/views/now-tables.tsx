import { read } from '../api/client.ts';
import type { LaneFigures, ModelToday, Overview, WorkerLine } from '../api/documents.ts';
import { bytes, count, percent, seconds, times } from '../format/figures.ts';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Empty, ProblemNote } from '../parts/notices.tsx';
import { useResource } from '../parts/resource.ts';
import { hrefOf } from '../state/address.ts';
import { runsMark } from '../state/live.ts';

const runsIn = (query: Record<string, string>, text: string) =>
  text === '0' ? text : <a href={hrefOf(['runs'], query)}>{text}</a>;

const LANE_COLUMNS: readonly Column<LaneFigures>[] = [
  { name: 'Lane', cell: ({ lane }) => <a href={hrefOf(['runs'], { lane })}>{lane}</a> },
  {
    name: 'Queued',
    isNumber: true,
    cell: ({ lane, queued }) => runsIn({ lane, state: 'queued,retrying' }, count(queued)),
  },
  {
    name: 'Running',
    isNumber: true,
    cell: ({ lane, running }) => runsIn({ lane, state: 'running' }, count(running)),
  },
  { name: 'Oldest wait', isNumber: true, cell: (lane) => <OldestWait lane={lane} /> },
  { name: 'Usual wait', isNumber: true, cell: (lane) => seconds(lane.usual_wait_s) },
  { name: 'Waited, p95', isNumber: true, cell: (lane) => seconds(lane.waited_p95_s) },
  { name: 'Computed, p95', isNumber: true, cell: (lane) => seconds(lane.computed_p95_s) },
  { name: 'Estimates off by, p50', isNumber: true, cell: (lane) => times(lane.eta_error_p50) },
];

function OldestWait({ lane }: { lane: LaneFigures }) {
  const { oldest_wait_s: oldest, usual_wait_s: usual } = lane;
  const text = seconds(oldest);
  return oldest !== undefined && usual !== undefined && oldest > 2 * usual ? <b>{text}</b> : text;
}

export function LanesTable({ figures }: { figures: Overview }) {
  return (
    <section class="c7" aria-labelledby="h-lanes">
      <h2 id="h-lanes">Lanes</h2>
      <DataTable
        label="Lanes"
        rows={figures.lanes}
        columns={LANE_COLUMNS}
        keyOf={({ lane }) => lane}
      />
    </section>
  );
}

const WORKER_COLUMNS: readonly Column<WorkerLine>[] = [
  { name: 'Worker', cell: ({ host, worker }) => host ?? worker },
  { name: 'Slots', cell: (worker) => <Slots {...worker} /> },
  { name: 'Computing now', cell: ({ running }) => <RunLinks running={running} /> },
  { name: 'Memory', isNumber: true, cell: (worker) => bytes(worker.memory_bytes) },
  { name: 'Heartbeat', isNumber: true, cell: (worker) => `${seconds(worker.heartbeat_age_s)} ago` },
];

const MOST_SQUARES = 16;

function Slots({ busy, slots }: WorkerLine) {
  return (
    <span class="nowrap">
      {slots <= MOST_SQUARES && (
        <span class="slots" aria-hidden="true">
          {Array.from({ length: slots }, (_, at) => (
            <i key={at} class={at < busy ? 'on' : ''} />
          ))}
        </span>
      )}{' '}
      {busy} of {slots}
    </span>
  );
}

function RunLinks({ running }: Pick<WorkerLine, 'running'>) {
  if (running.length === 0) return <span class="quiet">nothing</span>;
  return (
    <span class="nowrap">
      {running.map(({ run, model }, at) => (
        <span key={run}>
          {at > 0 && ', '}
          <a href={hrefOf(['runs', run])}>{model}</a>
        </span>
      ))}
    </span>
  );
}

/** Read again when the stream shows that runs began or ended. */
export function WorkersTable() {
  const { value, problem } = useResource(
    'workers',
    (signal) => read<{ workers: WorkerLine[] }>('/admin/workers', signal),
    runsMark.value,
  );
  return (
    <section class="c5" aria-labelledby="workers">
      <h2 id="workers">Workers</h2>
      {problem && <ProblemNote problem={problem} />}
      {value?.workers.length === 0 && (
        <Empty title="No worker is there." command="npm run worker">
          What the cache does not know waits until one starts.
        </Empty>
      )}
      {value && value.workers.length > 0 && (
        <DataTable
          label="Workers"
          rows={value.workers}
          columns={WORKER_COLUMNS}
          keyOf={({ worker }) => worker}
        />
      )}
    </section>
  );
}

const MODEL_COLUMNS: readonly Column<ModelToday>[] = [
  {
    name: 'Model',
    cell: ({ name, version }) => (
      <>
        <a href={hrefOf(['runs'], { model: name })}>{name}</a> <span class="quiet">v{version}</span>
      </>
    ),
  },
  { name: 'Engine', cell: ({ engine }) => engine ?? '–' },
  { name: 'Requests', isNumber: true, cell: ({ requests }) => count(requests) },
  { name: 'Hit ratio', isNumber: true, cell: (model) => percent(model.hit_ratio) },
  { name: 'Joined a run', isNumber: true, cell: ({ collapsed }) => count(collapsed) },
  { name: 'Saved', isNumber: true, cell: (model) => seconds(model.seconds_saved) },
  { name: 'Usual run', isNumber: true, cell: (model) => seconds(model.usual_s) },
  {
    name: 'Queued',
    isNumber: true,
    cell: ({ name, queued }) => runsIn({ model: name, state: 'queued,retrying' }, count(queued)),
  },
  {
    name: 'Failed',
    isNumber: true,
    cell: ({ name, failed }) => runsIn({ model: name, state: 'failed' }, count(failed)),
  },
];

export function ModelsTable({ figures }: { figures: Overview }) {
  return (
    <section aria-labelledby="h-models">
      <h2 id="h-models">Models, today</h2>
      <DataTable
        label="Models, today"
        rows={figures.models}
        columns={MODEL_COLUMNS}
        keyOf={({ name }) => name}
      />
    </section>
  );
}
