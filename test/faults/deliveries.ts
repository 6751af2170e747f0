/** Webhooks while workers die: who was called, and what must hold in the end. */
import { setTimeout as delay } from 'node:timers/promises';
import { post } from '@deja/testing';
import { expect } from 'vitest';
import { newSecret, startReceiver, webhookEnv } from '../receiver.ts';
import { openStage } from './stage.ts';

export interface KillOptions {
  readonly jobs: number;
  readonly runs: number;
  readonly kills: number;
}

/**
 * Jobs with URLs of their own on shared runs; the receiver is slow now and then and says 500 to every
 * fifth first attempt; workers are killed at random points and replaced. At the end every URL was
 * called, each with one id alone, and nothing is left in the outbox.
 */
export async function killDeliverers({ jobs, runs, kills }: KillOptions): Promise<void> {
  const secret = newSecret();
  let n = 0;
  await using receiver = await startReceiver(secret, (res, { attempt }) => {
    n += 1;
    const status = attempt === 1 && n % 5 === 0 ? 500 : 204;
    setTimeout(() => res.writeHead(status).end(), n % 3 === 0 ? 200 : 0);
  });
  const env = { ...webhookEnv(secret), WEBHOOK_SCHEDULE_S: '0,0.2,1,1,1,1,1' };
  await using stage = await openStage({ workers: 2, env });
  const { random } = stage;
  const jobOfPath = new Map<string, string>();

  const submitting = (async () => {
    for (let at = 0; at < jobs; at += 20) {
      const numbers = Array.from({ length: Math.min(20, jobs - at) }, (_, i) => at + i);
      await Promise.all(
        numbers.map(async (number) => {
          const webhook = { url: `${receiver.url}/${number}` };
          const input = { id: number % runs, ms: 50, webhook };
          const api = random.pick(stage.apis).url;
          const { status, body } = await post(`${api}/models/tally/run`, input);
          expect([200, 202]).toContain(status);
          jobOfPath.set(`/${number}`, body.job_id);
        }),
      );
      await delay(random.between(100, 600)); // so that it goes on for as long as the kills
    }
  })();
  for (let kill = 0; kill < kills; kill += 1) {
    await delay(random.between(200, 1500)); // any point of a delivery may be the one
    await stage.end(random.pick(stage.workers), 'SIGKILL');
    await stage.addWorker();
  }
  await submitting;

  const out = `${stage.names.prefix}out`;
  await expect.poll(() => stage.redis.zcard(out), { timeout: 120_000, interval: 100 }).toBe(0);
  await stage.expectPromisesKept();
  const ids = new Map<string, Set<string>>();
  for (const { path, id } of receiver.calls) ids.set(path, (ids.get(path) ?? new Set()).add(id));
  expect(receiver.forged).toBe(0);
  expect(ids.size).toBe(jobs);
  for (const [path, job] of jobOfPath) expect(ids.get(path)).toEqual(new Set([`${job}-completed`]));
  expect(await stage.redis.zcard(`${stage.names.prefix}outdead`)).toBe(0);
  console.log(`${jobs} jobs, ${kills} kills: ${receiver.calls.length} calls`);
}
