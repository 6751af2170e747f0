/** What a process that is asked to stop does with those who wait. */
import { Agent, request } from 'node:http';
import { call, post } from '@deja/testing';
import { expect, test } from 'vitest';
import { openApi } from './harness.ts';

const run = '/models/echo/run';

test('a stop ends waits with what is known, and streams, so that clients go elsewhere', async () => {
  await using api = await openApi();
  const { body } = await post(`${api.url}${run}`, { text: 'a' });
  const stream = await fetch(`${api.url}${body.urls.events}`);
  const submitting = post(`${api.url}${run}`, { text: 'b' }, { Prefer: 'wait=60' });
  const polling = call(`${api.url}/jobs/${body.job_id}`, { headers: { Prefer: 'wait=60' } });
  await expect.poll(() => api.context.waiter.size).toBe(3);

  api.stop();

  expect(await submitting).toMatchObject({ status: 202, body: { status: 'queued' } });
  expect(await polling).toMatchObject({ status: 200, body: { status: 'queued' } });
  expect(await stream.text()).toContain('event: status');
});

test('an answered connection that is kept alive does not hold up a stop', async () => {
  await using api = await openApi({ DRAIN_S: '60' }); // longer than this test may take
  const agent = new Agent({ keepAlive: true });
  const headers = { 'content-type': 'application/json', prefer: 'wait=60' };
  const answered = new Promise<number | undefined>((resolve, reject) => {
    request(`${api.url}${run}`, { agent, method: 'POST', headers }, (res) => {
      res.resume().on('end', () => resolve(res.statusCode));
    })
      .on('error', reject)
      .end('{"text":"c"}');
  });
  await expect.poll(() => api.context.waiter.size).toBe(1);

  const closed = api[Symbol.asyncDispose]();
  api.stop();

  expect(await answered).toBe(202);
  await closed;
  agent.destroy();
});
