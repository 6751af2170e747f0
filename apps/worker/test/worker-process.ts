/** A worker as a process of its own, from source, and the runs that it is given. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createRunQueues, type Lane, newJobId, newRunId, openJobStores, shardOf } from '@deja/jobs';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';

type Env = Readonly<Record<string, string>>;
export type LogLine = Readonly<Record<string, unknown>>;

interface Payload {
  // biome-ignore lint/suspicious/noExplicitAny: the model's, for the test to judge
  readonly output: any;
}

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
export const modelPath = (name: string): string =>
  fileURLToPath(new URL(`./${name}`, import.meta.url));

export function spawnWorker(env: Env, cwd = process.cwd()) {
  const child = spawn(process.execPath, ['--conditions=development', MAIN], {
    cwd,
    env: {
      PATH: process.env.PATH,
      CACHE_DIR: 'off',
      WORKER_CONCURRENCY: '1',
      DEJA_MODELS: modelPath('behaviours.ts'),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit').then(([code, signal]) => (signal ?? code) as number | string);
  const lines: LogLine[] = [];
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  const ready = new Promise<void>((resolve, reject) => {
    ended.then((how) => reject(new Error(`the worker ended before it was ready (${how})`)));
    createInterface(child.stdout).on('line', (text) => {
      const line = JSON.parse(text) as LogLine;
      lines.push(line);
      if (line.msg === 'worker ready') resolve();
    });
  });
  ready.catch(() => {}); // for tests that only wait for its end
  const end = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  // A test that times out while it waits for the worker never comes to the end of its `await using`.
  onTestFinished(end);
  return {
    ended,
    lines,
    ready,
    stderr: () => stderr,
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    [Symbol.asyncDispose]: end,
  };
}

/** The queue of one installation, and a hand that puts runs into it. */
export function openQueue(redisUrl: string) {
  const redis = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const prefix = `t${randomUUID().slice(0, 8)}`;
  const shard = shardOf(prefix);
  const { runs, jobs } = openJobStores(redis, shard);
  const queues = createRunQueues(redis, shard);
  const refreshes = new Queue('runs-refresh', { connection: redis, prefix: shard.queuePrefix });
  return {
    prefix,
    /** Gives a run to the workers. */
    async submit(how: string, lane: Lane = 'long', model = 'behave') {
      const job = newJobId(shard);
      const key = randomUUID().replaceAll('-', '').repeat(2);
      const identity = { key, model, version: 1, engine: undefined, tags: [`model:${model}`] };
      const asked = { job, run: newRunId(), ...identity, lane, deadlineMs: 600_000 };
      const { run } = await runs.join(asked, JSON.stringify({ how }));
      await queues.add({ run, key, lane });
      return { job, run };
    },
    async status(job: string) {
      const seen = await jobs.read(job);
      return seen.outcome === 'found' ? seen.job.status : seen.outcome;
    },
    /** What the runs answered. */
    async results<T>(ended: readonly { run: string }[], take: (payload: Payload) => T) {
      const bodies = await Promise.all(ended.map(({ run }) => jobs.readResult(run)));
      return bodies.map((body) => take(JSON.parse(String(body))));
    },
    /** How many refreshes wait for a worker, and how many one has taken. */
    async refreshes() {
      const { wait, active } = await refreshes.getJobCounts('wait', 'active');
      return { wait, active };
    },
    async tries(run: string) {
      return Number(await redis.hget(`${shard.prefix}r:${run}`, 'tries'));
    },
    async [Symbol.asyncDispose]() {
      await queues[Symbol.asyncDispose]();
      await refreshes.close();
      redis.disconnect();
    },
  };
}
