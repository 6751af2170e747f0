/**
 * An API process. Everything it owns is opened here, top to bottom, and closed bottom to top when the
 * function ends, on a stop signal or on a failed start alike.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { checkForTenants, loadModels } from '@deja/models';
import { hostsOf } from '@deja/redis';
import { exitAfter, type Logger, stopRequested } from '@deja/runtime';
import { startTracing } from '@deja/runtime/tracing';
import { createListener } from './app.ts';
import type { ApiConfig } from './config.ts';
import { lacksFirstKey, NO_KEY } from './first-key.ts';
import { serve } from './http/serve.ts';
import { openContext } from './open-context.ts';
import { shareOf } from './processes.ts';

// V8 otherwise lets the heap grow to several times what is in use before it collects. Requests with many
// questions let it: 2,500 series of 200 points took 126 MB more, and take 23 MB (2026-11, Node 24.21).
const HEAP_GROWTH = '--heap-growing-percent=50';
/** It listens after this time, also where Redis is away: what it holds, it serves. */
const START_PATIENCE_MS = 500;
const LINGER_MS = 200;

/** Resolves when it has been asked to stop, and has. */
export async function runApi(wholeConfig: ApiConfig, log: Logger): Promise<void> {
  setFlagsFromString(HEAP_GROWTH);
  const config = shareOf(wholeConfig);
  const stop = stopRequested();
  const models = await loadModels({
    modulePaths: config.modelPaths,
    cwd: process.cwd(),
    limits: config.modelLimits,
    sentiment: config.sentimentEngine,
    sharesAnswers: config.sharesAnswers,
  });
  if (config.auth === 'required') checkForTenants(models);

  await using resources = new AsyncDisposableStack();
  // The last resort: traces may still be on their way to a collector that is away.
  resources.defer(() => exitAfter(LINGER_MS, 0));
  resources.use(await startTracing('deja-api', process.env, log));
  const replica = `${hostname()}-${randomUUID().slice(0, 8)}`;
  const stopping = new AbortController();
  const { context, started } = openContext(resources, {
    ...{ config, models, log, replica },
    stopping: stopping.signal,
    onRefused: ({ message }) => {
      log.fatal({ err: { message } }, 'another number of shards');
      process.exit(1);
    },
  });
  if (config.needsFirstKey) await started; // connected, if Redis can be reached
  if (await lacksFirstKey(context)) {
    log.fatal(NO_KEY);
    process.exit(1);
  }
  if (context.keys && config.adminPassword !== undefined)
    log.warn('ADMIN_PASSWORD has no effect where clients need a key: operators need one, too');
  await Promise.race([started, delay(START_PATIENCE_MS)]);
  const server = resources.use(await serve(createListener(context), config));
  log.info(
    {
      port: server.port,
      host: config.host,
      redis: hostsOf(config.redisUrl),
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
