/** One run: what happened when, and all jobs that share it. */
import { useState } from 'preact/hooks';
import { post, read } from '../api/client.ts';
import type { CanceledRun, RunDetail } from '../api/run-documents.ts';
import { amount, seconds } from '../format/figures.ts';
import { when } from '../format/time.ts';
import { Confirm } from '../parts/confirm.tsx';
import { State } from '../parts/glyph.tsx';
import { ProblemNote, say } from '../parts/notices.tsx';
import { problemFrom, useResource } from '../parts/resource.ts';
import { hrefOf } from '../state/address.ts';
import { overview, runsMark } from '../state/live.ts';
import { tenantOf } from '../state/tenants.ts';
import { AttemptsTable, JobsTable } from './run-tables.tsx';
import { isEnded, layWaterfall } from './waterfall.ts';
import { WaterfallTable } from './waterfall-table.tsx';

export function OneRunView({ id }: { id: string }) {
  const [isOver, setOver] = useState(false);
  const [asks, setAsks] = useState(false);
  const path = `/admin/runs/${encodeURIComponent(id)}`;
  const load = async (signal: AbortSignal) => {
    const run = await read<RunDetail>(path, signal);
    setOver(isEnded(run.state));
    return run;
  };
  // An open run is read again when the stream shows that runs moved.
  const { value: run, problem, reload } = useResource(path, load, isOver ? '' : runsMark.value);

  const cancel = async (isSure: boolean) => {
    setAsks(false);
    if (!isSure) return;
    try {
      const { body } = await post<CanceledRun>(`${path}/cancel`);
      say(`The run is canceled, with ${amount(body.jobs_canceled, 'job')}.`);
    } catch (error) {
      say(`It was not canceled: ${problemFrom(error).detail ?? 'unknown'}`);
    }
    reload();
  };

  return (
    <section aria-labelledby="h-run">
      <p class="crumb">
        <a href={hrefOf(['runs'])}>Runs</a> / <code>{id}</code>
      </p>
      {!run && <h1 id="h-run">Run</h1>}
      {!run && problem && <ProblemNote problem={problem} />}
      {run && (
        <>
          <div class="head">
            <h1 id="h-run">{titleOf(run)}</h1>
            {!isEnded(run.state) && (
              <button type="button" class="harm" onClick={() => setAsks(true)}>
                Cancel
              </button>
            )}
          </div>
          <p class="lead">
            <State of={run.state} /> {sentenceOf(run)}
          </p>
          <Facts run={run} />
          {run.error && <ProblemNote problem={run.error} />}
          <Waterfall run={run} />
          <AttemptsTable run={run} />
          <JobsTable run={run} />
        </>
      )}
      {asks && run && (
        <Confirm
          title="Cancel this run?"
          consequence={`Its computation stops, and ${amount(run.jobs.length, 'job ends', 'jobs end')} as canceled, whoever asked.`}
          action={`Cancel ${amount(run.jobs.length, 'job')}`}
          onClose={(isSure) => void cancel(isSure)}
        />
      )}
    </section>
  );
}

function titleOf({ model_id: series, model, jobs, state }: RunDetail): string {
  const what = series ?? `${model.name} v${model.version}`;
  const verb = isEnded(state) ? 'one computation for' : 'computes once for';
  return `${what}: ${verb} ${amount(jobs.length, 'job')}`;
}

function sentenceOf(run: RunDetail): string {
  const { state, finished_at: end, worker, tries, queue_position: place, progress } = run;
  const reason = run.jobs[0]?.miss_reason;
  const why = reason === undefined ? '' : ` It was a miss: ${reason.replaceAll('_', ' ')}.`;
  const where = worker === undefined ? '' : ` on ${worker}`;
  const nth = tries > 1 ? `, at try ${tries}` : '';
  if (isEnded(state)) return `at ${when(end)}${where}${nth}.${why}`;
  if (state === 'running') {
    const part = progress ? `, ${Math.round(progress.fraction * 100)} % done` : '';
    return `${where}${nth}${part}.${why}`;
  }
  return `${place === undefined ? '' : `, ${place} before it`}.${why}`;
}

function Facts({ run }: { run: RunDetail }) {
  const { waited_s: waited, computed_s: computed, usual_s: usual, lane, jobs } = run;
  const others = Math.max(0, jobs.length - 1);
  return (
    <dl class="facts">
      <div>
        <dt>Waited</dt>
        <dd>{seconds(waited)}</dd>
        <dd>lane {lane}</dd>
      </div>
      <div>
        <dt>Computed</dt>
        <dd>{seconds(computed)}</dd>
        <dd>{usual === undefined ? 'usual is not known yet' : `usual ${seconds(usual)}`}</dd>
      </div>
      <div>
        <dt>Saved</dt>
        <dd>{seconds(computed === undefined ? undefined : computed * others)}</dd>
        <dd>
          {others === 0
            ? 'nobody else asked'
            : `${amount(others, 'more answer')}, nothing computed`}
        </dd>
      </div>
      <div>
        <dt>Tries</dt>
        <dd>
          {run.tries} of {run.max_tries}
        </dd>
        <dd>{run.stored ? 'its answer is for all' : 'its answer is for those who asked alone'}</dd>
      </div>
      {tenantOf(run) !== undefined && (
        <div>
          <dt>Tenant</dt>
          <dd>{run.tenant}</dd>
          <dd>for whom it counts</dd>
        </div>
      )}
      <div>
        <dt>Key</dt>
        <dd>
          <a href={hrefOf(['cache'], { key: run.cache_key })}>
            <code>{run.cache_key.slice(0, 10)}…</code>
          </a>
        </dd>
        <dd>look into it</dd>
      </div>
    </dl>
  );
}

function Waterfall({ run }: { run: RunDetail }) {
  const now = overview.value ? Date.parse(overview.value.at) : Date.now();
  return <WaterfallTable fall={layWaterfall(run, now)} />;
}
