import type { Attempt, JobOfRun, RunDetail } from '../api/run-documents.ts';
import { seconds, shortId } from '../format/figures.ts';
import { clock, when } from '../format/time.ts';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Glyph, State } from '../parts/glyph.tsx';
import { areOfTenants, TENANT_COLUMN } from '../state/tenants.ts';

const ATTEMPT_COLUMNS: readonly Column<Attempt>[] = [
  { name: 'Try', cell: (attempt) => attempt.try },
  { name: 'Worker', cell: ({ host }) => host },
  { name: 'Began', isNumber: true, cell: (attempt) => clock(attempt.began_at) },
  { name: 'Took', isNumber: true, cell: (attempt) => seconds(attempt.took_s) },
  {
    name: 'End',
    cell: ({ outcome, code }) => (
      <>
        <Glyph
          name={outcome === 'answered' ? 'succeeded' : outcome === 'failed' ? 'failed' : 'queued'}
        />{' '}
        {outcome} {code !== undefined && <code>{code}</code>}
      </>
    ),
  },
];

export function AttemptsTable({ run }: { run: RunDetail }) {
  if (run.attempts.length === 0) return null;
  return (
    <section aria-labelledby="h-tries">
      <h2 id="h-tries">Tries</h2>
      <DataTable
        class="fit"
        label="Tries"
        rows={run.attempts}
        columns={ATTEMPT_COLUMNS}
        keyOf={(attempt) => String(attempt.try)}
      />
    </section>
  );
}

const HOW = { wait: 'waits for it', webhook: 'by webhook', poll: 'polls' } as const;

const JOB_COLUMNS: readonly Column<JobOfRun>[] = [
  { name: 'Job', cell: ({ job_id: id }) => <code title={id}>{shortId(id, 8)}</code> },
  { name: 'State', cell: ({ status }) => <State of={status} /> },
  { name: 'Asked by', cell: (job) => job.asked_by ?? '–' },
  { name: 'Asked', isNumber: true, cell: (job) => when(job.asked_at) },
  { name: 'How it hears', cell: ({ how }) => HOW[how] },
  { name: 'Told', isNumber: true, cell: (job) => when(job.told_at) },
  { name: 'Joined', cell: (job) => (job.deduplicated ? 'a run that was there' : 'began the run') },
  { name: 'Why a miss', cell: (job) => <code>{job.miss_reason ?? '–'}</code> },
];

export function JobsTable({ run }: { run: RunDetail }) {
  return (
    <section aria-labelledby="h-jobs">
      <h2 id="h-jobs">Jobs</h2>
      <DataTable
        label="Jobs that share the run"
        rows={run.jobs}
        columns={areOfTenants(run.jobs) ? [...JOB_COLUMNS, TENANT_COLUMN] : JOB_COLUMNS}
        keyOf={(job) => job.job_id}
      />
    </section>
  );
}
