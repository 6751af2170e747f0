/** The settings of webhooks. */
import { integer, itemsOf } from '@deja/runtime/settings';
import { z } from 'zod';
import { parseAllowedHosts } from './allowed-hosts.ts';
import { DEFAULT_SCHEDULE_S, DEFAULT_TIMEOUT_S } from './schedule.ts';
import { parseSecrets } from './signing.ts';

/** Turns what a parser throws into a problem of its setting. */
const parsed = <T>(parse: (text: string) => T) =>
  z.string().transform((text, context) => {
    try {
      return parse(text);
    } catch (error) {
      context.addIssue({
        code: 'custom',
        message: String(error instanceof Error && error.message),
      });
      return z.NEVER;
    }
  });

const schedule = z
  .string()
  .transform((text) => text.split(',').map(Number))
  .pipe(z.array(z.number().min(0).max(604_800)).min(1).max(30));

/** API and workers read these, and must be given the same values. */
export const webhookSettings = {
  WEBHOOK_SECRET: parsed(parseSecrets).optional().meta({
    description:
      'This secret signs webhooks: `whsec_` and base64 of 24 to 64 bytes. Give several, separated by spaces, while one replaces another. Without it the API refuses webhooks; `npm start` makes one.',
  }),
  WEBHOOK_ALLOW_HTTP: z.stringbool().default(false).meta({
    description: '`true` allows `http:` URLs for webhooks.',
  }),
  WEBHOOK_ALLOWED_HOSTS: parsed((text) => parseAllowedHosts(itemsOf(text)))
    .default([])
    .meta({
      unit: 'hosts',
      description:
        'Webhooks may go to these names and addresses inside your own network, on any port, separated by commas. All others must be public.',
    }),
} as const;

/** Workers read these: they alone deliver. */
export const deliverySettings = {
  WEBHOOK_TIMEOUT_S: integer(1, 60).default(DEFAULT_TIMEOUT_S).meta({
    unit: 's',
    description:
      'One attempt to deliver a webhook takes at most this long, from the look-up of the name to the answer.',
  }),
  WEBHOOK_SCHEDULE_S: schedule.default([...DEFAULT_SCHEDULE_S]).meta({
    unit: 's',
    description:
      'A worker waits for these times before its attempts to deliver a webhook, the first attempt included, separated by commas. It prolongs each wait by up to a fifth, and gives up after the last attempt.',
  }),
  WEBHOOK_CONCURRENCY: integer(1, 10_000).default(512).meta({
    unit: 'deliveries',
    description:
      'A worker handles at most this many deliveries at a time, of a tenant at most as many as it leaves free.',
  }),
  WEBHOOK_MAX_PER_HOST: integer(1, 1000).default(8).meta({
    unit: 'attempts',
    description:
      'A worker makes at most this many attempts at a time for one host, of a tenant at most as many as it leaves free.',
  }),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .meta({
      unit: 'URL',
      description:
        'Clients reach the API here, e.g. `https://deja.example`. Webhooks put it in front of `result_url`, which is a path without it. The API serves this name, and pages of this origin count as its own.',
    }),
} as const;

type WebhookEnv = z.output<z.ZodObject<typeof webhookSettings>>;
type DeliveryEnv = z.output<z.ZodObject<typeof deliverySettings>>;

export const webhookConfigOf = (env: WebhookEnv) => ({
  webhookSecrets: env.WEBHOOK_SECRET,
  webhookPolicy: {
    allowHttp: env.WEBHOOK_ALLOW_HTTP,
    allowedHosts: env.WEBHOOK_ALLOWED_HOSTS,
  },
});

export const deliveryConfigOf = (env: DeliveryEnv) => ({
  webhookTimeoutMs: env.WEBHOOK_TIMEOUT_S * 1000,
  webhookScheduleS: env.WEBHOOK_SCHEDULE_S,
  webhookConcurrency: env.WEBHOOK_CONCURRENCY,
  webhookMaxPerHost: env.WEBHOOK_MAX_PER_HOST,
  publicUrl: env.PUBLIC_URL?.replace(/\/+$/, '') ?? '',
});

export type WebhookConfig = Readonly<ReturnType<typeof webhookConfigOf>>;
export type DeliveryConfig = Readonly<ReturnType<typeof deliveryConfigOf>>;
