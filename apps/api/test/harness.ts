import { randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import type { KeyVerifier } from '@deja/keys';
import { defineModel, type Model } from '@deja/models';
import { createLogger, loadConfig } from '@deja/runtime';
import { inject } from 'vitest';
import { z } from 'zod';
import { createListener } from '../src/app.ts';
import { apiConfigSchema } from '../src/config.ts';
import type { ApiContext } from '../src/context.ts';
import { serve } from '../src/http/serve.ts';
import { openContext } from '../src/open-context.ts';

/** Stands for any model: it is never computed here, a test ends its runs by hand. */
export const echo = defineModel({
  name: 'echo',
  version: 1,
  input: z.strictObject({ text: z.string().min(1) }),
  output: z.strictObject({ text: z.string() }),
  tags: ({ text }) => [`text:${text}`],
  compute: ({ text }) => ({ text }),
});

/** Takes the address of a client from a header, so that one test can be many of them. */
export const fromAnywhere = (context: ApiContext): RequestListener => {
  const listener = createListener(context);
  return (req, res) => {
    const value = req.headers['x-test-address'] ?? '127.0.0.1';
    Object.defineProperty(req.socket, 'remoteAddress', { value, configurable: true });
    listener(req, res);
  };
};

export async function openApi(
  env: Readonly<Record<string, string>> = {},
  models: readonly Model[] = [echo],
  listenerOf: (context: ApiContext) => RequestListener = createListener,
  keys?: KeyVerifier,
) {
  const resources = new AsyncDisposableStack();
  const config = loadConfig(apiConfigSchema, {
    REDIS_URL: inject('redisUrl'),
    REDIS_PREFIX: `t${randomUUID().slice(0, 8)}`,
    CACHE_DIR: 'off',
    PORT: '0',
    DRAIN_S: '0',
    ...env,
  });
  const stopping = new AbortController();
  const { context, started } = openContext(resources, {
    config,
    models: new Map(models.map((model) => [model.name, model])),
    log: createLogger('test', 'silent'),
    replica: `test-${randomUUID().slice(0, 8)}`,
    stopping: stopping.signal,
    ...(keys && { keys }),
  });
  const server = resources.use(await serve(listenerOf(context), config));
  await started;
  context.health.state = 'ready';
  const url = `http://127.0.0.1:${server.port}`;
  return {
    url,
    context,
    /** As a stop signal does. */
    stop: () => stopping.abort(),
    /** Ends the run of a job as a worker would. */
    async finish(run: string, state: 'succeeded' | 'failed', body: unknown) {
      const aid = `aid-${run}`;
      await context.runs.start(run, aid);
      await context.runs.finalise(run, aid, state, JSON.stringify(body));
    },
    async runOf(job: string): Promise<string> {
      const seen = await context.jobs.read(job);
      if (seen.outcome !== 'found') throw new Error(`no job ${job}`);
      return seen.job.run;
    },
    async [Symbol.asyncDispose]() {
      await resources[Symbol.asyncDispose]();
    },
  };
}
