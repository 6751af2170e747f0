export interface SignOptions {
  /** `webhook-id`: the same for every attempt. Letters, digits, `_` and `-`; no full stop. */
  readonly id: string;
  /** When this attempt is made. Epoch ms; the header has seconds. */
  readonly timestamp: number;
  /** The bytes that are sent, as text. */
  readonly body: string;
  /** As `parseSecrets` gives them: at least one. */
  readonly secrets: readonly string[];
}

/**
 * Secrets as written in WEBHOOK_SECRET: `whsec_` and base64 of 24 to 64 bytes, separated by spaces.
 * Throws a TypeError that tells which one is wrong by its place, never by its text.
 */
export function parseSecrets(text: string): readonly string[] {
  return text.split(/\s+/);
}

/**
 * The three headers of Standard Webhooks; `webhook-signature` has one `v1,…` for every secret, so
 * that receivers can change theirs at any time during a rotation.
 */
export function sign(_options: SignOptions): Record<string, string> {
  throw new Error('not yet written');
}
