/** The `webhook` member of a submission. It is part neither of the input nor of the cache key. */
import { DEFAULT_JOB_EVENTS, JOB_EVENTS, type JobEventName, type Webhook } from '@deja/jobs';
import { issuesOf } from '@deja/models';
import { checkWebhookUrl, WebhookUrlError } from '@deja/webhooks';
import { z } from 'zod';
import type { ApiConfig } from '../config.ts';
import { ProblemError } from '../wire/problem.ts';

const EVENT_TYPES = JOB_EVENTS.map((event) => `job.${event}` as const);

export const webhookSchema = z
  .strictObject({
    url: z.string().meta({ format: 'uri', maxLength: 2048 }),
    events: z
      .array(z.enum(EVENT_TYPES))
      .min(1)
      .max(EVENT_TYPES.length)
      .optional()
      .meta({ description: 'Default: all but `job.started`' }),
  })
  .meta({ id: 'Webhook', description: 'Who is called back; see the webhooks of this document' });

/** A submission's body, split into input and webhook. */
export interface Submission {
  readonly input: unknown;
  readonly webhook: Webhook | undefined;
}

export type WebhookConfig = Pick<ApiConfig, 'webhookSecrets' | 'webhookPolicy'>;

/**
 * @param trace Trace context of the submission, for the deliveries.
 * @throws ProblemError if the webhook is malformed, its URL is refused, or there is no secret to
 * sign it.
 */
export function takeWebhook(
  body: unknown,
  config: WebhookConfig,
  trace: string | undefined,
): Submission {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, 'webhook'))
    return { input: body, webhook: undefined };
  const { webhook: asked, ...input } = body as Record<string, unknown>;
  return { input, webhook: asked === null ? undefined : webhookOf(asked, config, trace) };
}

export function webhookOf(
  asked: unknown,
  { webhookSecrets, webhookPolicy }: WebhookConfig,
  trace: string | undefined,
): Webhook {
  if (webhookSecrets === undefined) {
    const message = 'this API has no WEBHOOK_SECRET to sign webhooks with';
    throw new ProblemError('webhooks-off', message, { errors: [{ path: '/webhook', message }] });
  }
  const parsed = webhookSchema.safeParse(asked);
  if (!parsed.success) {
    const errors = issuesOf(parsed.error, '/webhook');
    throw new ProblemError('input-refused', 'the webhook is malformed', { errors });
  }
  const { url, events } = parsed.data;
  try {
    checkWebhookUrl(url, webhookPolicy);
  } catch (error) {
    if (!(error instanceof WebhookUrlError)) throw error;
    const errors = [{ path: '/webhook/url', message: error.message }];
    throw new ProblemError('webhook-refused', error.reason, { errors });
  }
  return { url, events: events ? wordsOf(events) : DEFAULT_JOB_EVENTS, ...(trace && { trace }) };
}

/** Each event once, in the order of a job's life, so that spelling does not change the identity. */
const wordsOf = (types: readonly string[]): readonly JobEventName[] =>
  JOB_EVENTS.filter((event) => types.includes(`job.${event}`));
