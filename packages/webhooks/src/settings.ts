/** The settings of webhooks that API and workers share; both must be given the same values. */
import { z } from 'zod';
import { parseAllowedHosts } from './allowed-hosts.ts';
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

const hosts = (text: string) =>
  parseAllowedHosts(
    text
      .split(',')
      .map((host) => host.trim())
      .filter((host) => host !== ''),
  );

export const webhookSettings = {
  /** Signs webhooks: `whsec_…`, several separated by spaces. Unset: webhooks are refused. */
  WEBHOOK_SECRET: parsed(parseSecrets).optional(),
  /** `true`: URLs may be `http:`, too. */
  WEBHOOK_ALLOW_HTTP: z.stringbool().default(false),
  /** Comma-separated hosts inside one's own network that may be called, on any port. */
  WEBHOOK_ALLOWED_HOSTS: parsed(hosts).default([]),
  /** Deliveries kept at most, the oldest that are over go first. With so many pending, no more are taken. */
  MAX_DELIVERIES: z.coerce.number().int().min(1).default(100_000),
} as const;

type WebhookEnv = z.output<z.ZodObject<typeof webhookSettings>>;

/** The same as the code uses them. */
export function webhookConfigOf(env: WebhookEnv) {
  return {
    webhookSecrets: env.WEBHOOK_SECRET,
    webhookPolicy: {
      allowHttp: env.WEBHOOK_ALLOW_HTTP,
      allowedHosts: env.WEBHOOK_ALLOWED_HOSTS,
    },
    maxDeliveries: env.MAX_DELIVERIES,
  };
}
