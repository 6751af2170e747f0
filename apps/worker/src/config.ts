/** A worker's settings, composed of its own and of those of the packages that it uses. */

import { jobConfigOf, jobSettings } from '@deja/jobs/settings';
import { modelConfigOf, modelSettings, sentimentRule } from '@deja/models/settings';
import { redisConfigOf, redisSettings } from '@deja/redis/settings';
import { cacheConfigOf, cacheSettings } from '@deja/runtime/cache-settings';
import { processConfigOf, processSettings } from '@deja/runtime/settings';
import {
  deliveryConfigOf,
  deliverySettings,
  webhookConfigOf,
  webhookSettings,
} from '@deja/webhooks/settings';
import { z } from 'zod';
import { workerOnlyConfigOf, workerOnlySettings } from './settings.ts';

export const workerSettings = z.object({
  ...redisSettings,
  ...cacheSettings,
  ...modelSettings,
  ...jobSettings,
  ...webhookSettings,
  ...deliverySettings,
  ...workerOnlySettings,
  ...processSettings,
});

export const workerConfigSchema = workerSettings.refine(...sentimentRule).transform((env) => ({
  ...redisConfigOf(env),
  ...cacheConfigOf(env),
  ...modelConfigOf(env),
  ...jobConfigOf(env),
  ...webhookConfigOf(env),
  ...deliveryConfigOf(env),
  ...workerOnlyConfigOf(env),
  ...processConfigOf(env),
}));

export type WorkerConfig = z.output<typeof workerConfigSchema>;
