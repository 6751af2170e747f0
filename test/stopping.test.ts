/** How `npm start`, `npm run api` and `npm run worker` end: by a Ctrl-C, which reaches all processes of a terminal. */
import { call, isAlive, post } from '@deja/testing';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { run, startEnv } from './commands.ts';

const countOf = (text: string, part: string): number => text.split(part).length - 1;

/** The processes that wrote log lines. */
const pidsIn = (text: string): number[] => [
  ...new Set([...text.matchAll(/"pid":(\d+)/g)].map(([, pid]) => Number(pid))),
];

describe('npm start', () => {
  test('a Ctrl-C stops all of it once, keeps its Redis, and gives back the run that computes', async () => {
    const { env, url } = await startEnv();
    const first = run('npm', ['start'], env);
    await first.until('Deja is ready');
    const { body } = await post(`${url}/models/loop/run`, {});
    const stateOf = async () => (await call(`${url}/jobs/${body.job_id}`)).body.status;
    await expect.poll(stateOf, { timeout: 10_000 }).toBe('running');

    first.signalGroup('SIGINT');

    expect(await first.ended).toBe(0);
    expect(countOf(first.text(), 'stopping (SIGINT)')).toBe(1);
    expect(first.text()).toContain('"msg":"worker stopping"');
    expect(pidsIn(first.text()).filter(isAlive)).toEqual([]);
    const again = run('npm', ['start'], env);
    await again.until('Deja is ready');
    await expect.poll(stateOf, { timeout: 20_000 }).toMatch(/running|failed/);
    again.signalGroup('SIGTERM');
    expect(await again.ended).toBe(0);
  });

  test('a second Ctrl-C ends it hard, and leaves no process behind', async () => {
    const { env, url } = await startEnv();
    const started = run('npm', ['start'], { ...env, DRAIN_S: '60' });
    await started.until('Deja is ready');
    await post(`${url}/models/loop/run`, {});
    const depth = async () => (await call(`${url}/models/loop`)).body.live?.running;
    await expect.poll(depth, { timeout: 10_000 }).toBe(1);
    started.signalGroup('SIGINT');
    await started.until('"msg":"worker stopping"');

    const pressing = setInterval(() => started.signalGroup('SIGINT'), 500);
    onTestFinished(() => clearInterval(pressing));
    const how = await started.ended;
    clearInterval(pressing);

    expect(how).not.toBe(0);
    const left = () => pidsIn(started.text()).filter(isAlive);
    await expect.poll(left, { timeout: 5000 }).toEqual([]);
  });

  test('a stop before it is ready ends it, too', async () => {
    const { env } = await startEnv();
    const started = run('npm', ['start'], env);
    await started.until('redis (');

    started.signalGroup('SIGINT');

    expect(await started.ended).toBe(0);
  });
});

describe.each([
  ['api', 'api listening', 'api stopping'],
  ['worker', 'worker ready', 'worker stopping'],
])('npm run %s', (name, ready, stopping) => {
  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s to all its processes drains once',
    async (signal) => {
      const { env } = await startEnv();
      const running = run('npm', ['run', name], { ...env, REDIS_URL: inject('redisUrl') });
      await running.until(ready);

      running.signalGroup(signal);

      expect(await running.ended).toBe(0);
      expect(countOf(running.text(), stopping)).toBe(1);
    },
  );

  test('SIGTERM to its first process alone does as well', async () => {
    const { env } = await startEnv();
    const running = run('npm', ['run', name], { ...env, REDIS_URL: inject('redisUrl') });
    await running.until(ready);

    running.child.kill('SIGTERM');

    expect(await running.ended).toBe(0);
  });
});

test('an API that others would reach says that it needs AUTH, and ends', async () => {
  const { env } = await startEnv();
  const open = { HOST: '0.0.0.0', REDIS_URL: inject('redisUrl') };
  const api = run(process.execPath, ['apps/api/dist/main.js'], { ...env, ...open });

  expect(await api.ended).toBe(1);
  expect(
    api
      .text()
      .split('\n')
      .filter((line) => line.includes('AUTH=')),
  ).toHaveLength(1);
  expect(api.text()).not.toContain('    at ');
});
