import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

const PREFIX = 'whsec_';
/** HMAC-SHA256 after Standard Webhooks, "Signature scheme". */
const MIN_SECRET_BYTES = 24;
const MAX_SECRET_BYTES = 64;
/** No full stop, which separates the parts of what is signed; nothing that ends a header. */
const ID = /^[A-Za-z0-9_-]{1,128}$/;

export interface SignOptions {
  /** `webhook-id`: the same for every attempt. 1 to 128 letters, digits, `_` and `-`. */
  readonly id: string;
  /** When this attempt is made. Epoch ms; the header has seconds. */
  readonly timestamp: number;
  /** What is sent, to the byte. */
  readonly body: string;
  /** As `parseSecrets` gives them: at least one. */
  readonly secrets: readonly string[];
}

/**
 * Secrets as written in WEBHOOK_SECRET: each `whsec_` and the base64 of 24 to 64 bytes, separated by
 * spaces. Throws a TypeError that tells which one is wrong by its place, never by its text.
 */
export function parseSecrets(text: string): readonly string[] {
  const secrets = text.split(/\s+/).filter((secret) => secret !== '');
  if (secrets.length === 0) throw new TypeError('there is no webhook secret');
  for (const [index, secret] of secrets.entries()) {
    if (!isSecret(secret)) {
      throw new TypeError(
        `webhook secret ${index + 1} of ${secrets.length} is not "${PREFIX}" and the base64 of ` +
          `${MIN_SECRET_BYTES} to ${MAX_SECRET_BYTES} random bytes`,
      );
    }
  }
  return secrets;
}

/**
 * The secret with which a tenant's webhooks are signed: HMAC-SHA256 of its name, so that no tenant can sign
 * what another one trusts, and nothing has to be kept.
 */
export function secretOfTenant(secret: string, tenant: string): string {
  const bytes = Buffer.from(secret.slice(PREFIX.length), 'base64');
  return PREFIX + createHmac('sha256', bytes).update(`tenant ${tenant}`).digest('base64');
}

/**
 * The three headers of Standard Webhooks. `webhook-signature` has one `v1,…` for every secret, so that
 * receivers can change theirs at any time during a rotation. Throws a TypeError for a bad id.
 */
export function sign({ id, timestamp, body, secrets }: SignOptions): Record<string, string> {
  if (!ID.test(id)) throw new TypeError('a webhook id has letters, digits, "_" and "-" only');
  const at = new Date(timestamp);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(timestamp / 1000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(' '),
  };
}

// Node's decoder passes over what is no base64; the same text must come back.
function isSecret(text: string): boolean {
  if (!text.startsWith(PREFIX)) return false;
  const encoded = text.slice(PREFIX.length);
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.length < MIN_SECRET_BYTES || bytes.length > MAX_SECRET_BYTES) return false;
  return bytes.toString('base64') === encoded;
}
