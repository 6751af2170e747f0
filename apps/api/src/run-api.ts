/**
 * An API process. Everything it owns is opened here, top to bottom, and closed bottom to top when the
 * function ends, on a stop signal or on a failed start alike.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { loadModels } from '@deja/models';
import { exitAfter, hostOf, type Logger, stopRequested } from '@deja/runtime';
import { createListener } from './app.ts';
import type { ApiConfig } from './config.ts';
import { serve } from './http/serve.ts';
import { openContext } from './open-context.ts';
import { shareOf } from './processes.ts';

/** Resolves when it has been asked to stop, and has. */
export async function runApi(wholeConfig: ApiConfig, log: Logger): Promise<void> {
  const config = shareOf(wholeConfig);
  const stop = stopRequested();
  const models = await loadModels({
    modulePaths: config.modelPaths,
    cwd: process.cwd(),
    limits: config.modelLimits,
    sentiment: config.sentimentEngine,
  });

  await using resources = new AsyncDisposableStack();
  const replica = `${hostname()}-${randomUUID().slice(0, 8)}`;
  const stopping = new AbortController();
  const { context, started } = openContext(resources, {
    ...{ config, models, log, replica },
    stopping: stopping.signal,
  });
  const server = resources.use(await serve(createListener(context), config));
  log.info(
    {
      port: server.port,
      host: config.host,
      redis: hostOf(config.redisUrl),
      models: [...models.keys()],
    },
    'api listening',
  );
  void started.then(() => {
    if (context.health.state === 'starting') context.health.state = 'ready';
  });

  const reason = await stop;
  context.health.state = 'draining';
  stopping.abort();
  log.info({ reason }, 'api stopping');
  exitAfter(config.drainMs + 5000);
}
