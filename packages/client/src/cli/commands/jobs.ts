import { DejaProblemError } from '../../errors.ts';
import type { JobDocument } from '../../types.ts';
import type { Command } from '../command.ts';
import { csvTable } from '../csv.ts';

export const watchJob: Command = {
  name: 'jobs watch',
  arguments: 'ID',
  summary: 'follow a job until it ends, and print its result as JSON',
  takes: [1, 1],
  options: {},
  example: 'deja jobs watch 0-01M8DHJZTDA2YQ59G11BYT8M9AKN9453A8RB',
  async run({ deja, values, positionals: [id = ''], out, signal }) {
    const job = deja.job(id);
    for await (const event of job.events({ signal })) {
      if (values.json) await out.data(`${JSON.stringify(event)}\n`);
      else out.status(statusText(event.job));
    }
    out.status('');
    const ended = await job.read({ signal });
    if (ended.error) throw new DejaProblemError(ended.error);
    if (!values.json) await out.data(`${JSON.stringify(ended.result)}\n`);
    return 0;
  },
};

export const cancelJob: Command = {
  name: 'jobs cancel',
  arguments: 'ID',
  summary: 'cancel a job',
  takes: [1, 1],
  options: {},
  example: 'deja jobs cancel 0-01M8DHJZTDA2YQ59G11BYT8M9AKN9453A8RB',
  async run({ deja, values, positionals: [id = ''], out, signal }) {
    const job = await deja.job(id).cancel({ signal });
    const { job_id, status } = job;
    await out.data(values.json ? `${JSON.stringify(job)}\n` : csvTable([{ job_id, status }]));
    return 0;
  },
};

function statusText({ job_id, status, progress, queue_position: place }: JobDocument): string {
  const share = progress?.fraction === undefined ? '' : ` ${Math.floor(progress.fraction * 100)} %`;
  const ahead = place === undefined ? '' : `, ${place} before it`;
  return `${job_id} ${status}${ahead}${share} ${progress?.stage ?? ''}`.trimEnd();
}
