import type { JobRecord } from '@deja/jobs';
import { expect, test } from 'vitest';
import { webhookPayload } from './payload.ts';

const options = { retainMs: 3_600_000, publicUrl: 'https://deja.example' };
const at = Date.UTC(2026, 0, 2);
const job: JobRecord = {
  ...{ id: '0-JOB', tenant: undefined, run: 'R', key: 'k', model: 'm', version: 2 },
  status: 'succeeded',
  lane: 'long',
  ...{ deduplicated: false, createdAt: at, startedAt: at + 1, finishedAt: at + 2 },
  ...{ deadlineAt: at + 9, queueBy: undefined, retainMs: undefined, progress: undefined },
  ...{
    wait: undefined,
    fenced: false,
    result: undefined,
    webhook: undefined,
    computation: undefined,
    missReason: undefined,
  },
};
const completed = { event: 'completed', createdAt: at + 2, job } as const;
const parse = (text: string) => JSON.parse(text);

test('the event, when it happened, and the job with its result', () => {
  const body = Buffer.from('{"output":{"n":1}}');

  expect(parse(webhookPayload({ ...completed, body }, options))).toEqual({
    type: 'job.completed',
    timestamp: '2026-01-02T00:00:00.002Z',
    data: {
      ...{ job_id: '0-JOB', status: 'succeeded', model: { name: 'm', version: 2 } },
      ...{ cache_key: 'k', deduplicated: false, created_at: '2026-01-02T00:00:00.000Z' },
      ...{ started_at: '2026-01-02T00:00:00.001Z', finished_at: '2026-01-02T00:00:00.002Z' },
      ...{ deadline_at: '2026-01-02T00:00:00.009Z', retained_until: '2026-01-02T01:00:00.002Z' },
      result: { output: { n: 1 } },
    },
  });
});

test('above 20 kB the result is left out, also when it was not taken along at all', () => {
  const fits = Buffer.from(JSON.stringify({ x: 'x'.repeat(19_000) }));
  const large = Buffer.from(JSON.stringify({ x: 'x'.repeat(19_950) }));

  expect(parse(webhookPayload({ ...completed, body: fits }, options)).data.result).toBeDefined();
  for (const body of [large, undefined]) {
    const text = webhookPayload({ ...completed, body }, options);
    expect(text.length).toBeLessThan(1000);
    expect(parse(text).data).not.toHaveProperty('result');
    expect(parse(text).data.result_url).toBe('https://deja.example/jobs/0-JOB/result');
  }
});

test('a failure is the problem that GET tells', () => {
  const failed = { ...job, status: 'failed' } as const;
  const body = Buffer.from('{"code":"MODEL_TIMED_OUT","message":"it took too long"}');

  const { type, data } = parse(
    webhookPayload({ event: 'failed', createdAt: at, job: failed, body }, options),
  );

  expect(type).toBe('job.failed');
  expect(data.error).toEqual({
    ...{ type: 'urn:deja:problem:model-timed-out', title: 'The model took too long' },
    ...{ status: 504, detail: 'it took too long' },
  });
});

test('without a public URL the result is at a path', () => {
  const text = webhookPayload({ ...completed, body: undefined }, { ...options, publicUrl: '' });

  expect(parse(text).data.result_url).toBe('/jobs/0-JOB/result');
});
