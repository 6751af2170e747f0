/** The API's settings, composed of its own and of those of the packages that it uses. */

import { admissionConfigOf, admissionSettings, jobSettings } from '@deja/jobs/settings';
import { keyConfigOf, keySettings } from '@deja/keys/settings';
import { modelConfigOf, modelSettings, sentimentRule } from '@deja/models/settings';
import { redisConfigOf, redisSettings } from '@deja/redis/settings';
import {
  cacheConfigOf,
  cacheSettings,
  servingConfigOf,
  servingSettings,
} from '@deja/runtime/cache-settings';
import { processConfigOf, processSettings } from '@deja/runtime/settings';
import { webhookConfigOf, webhookSettings } from '@deja/webhooks/settings';
import { z } from 'zod';
import { httpConfigOf, httpSettings, PUBLIC_URL } from './settings.ts';

export const apiSettings = z.object({
  ...redisSettings,
  ...cacheSettings,
  ...servingSettings,
  ...modelSettings,
  ...jobSettings,
  ...admissionSettings,
  ...webhookSettings,
  PUBLIC_URL,
  ...httpSettings,
  ...keySettings,
  ...processSettings,
});

export const apiConfigSchema = apiSettings.refine(...sentimentRule).transform((env) => ({
  ...redisConfigOf(env),
  ...cacheConfigOf(env),
  ...servingConfigOf(env),
  ...modelConfigOf(env),
  ...admissionConfigOf(env),
  ...webhookConfigOf(env),
  ...httpConfigOf(env),
  ...keyConfigOf(env),
  ...processConfigOf(env),
}));

export type ApiConfig = z.output<typeof apiConfigSchema>;
