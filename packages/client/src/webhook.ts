/** Verifies Deja's webhooks (Standard Webhooks, scheme v1) with the platform's own cryptography. */
import { DejaWebhookError } from './errors.ts';
import type { WebhookEvent } from './types.ts';

const TOLERANCE_S = 5 * 60;

export interface VerifyWebhookOptions {
  /** Unit: ms since 1970. Default: now. */
  readonly now?: number;
}

type WebhookHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Resolves to the event. The same `webhook-id` can come again: remember it.
 *
 * @param body    The bytes or the text as they came. JSON that was parsed and written again has another signature.
 * @param secrets `whsec_…`: all that the receiver knows, while they are changed.
 * @throws {DejaWebhookError} if it does not come from Deja, or is older than five minutes.
 */
export async function verifyWebhook(
  body: string | Uint8Array,
  headers: WebhookHeaders,
  secrets: string | readonly string[],
  { now = Date.now() }: VerifyWebhookOptions = {},
): Promise<WebhookEvent> {
  const id = headerOf(headers, 'webhook-id');
  const timestamp = headerOf(headers, 'webhook-timestamp');
  const signatures = headerOf(headers, 'webhook-signature');
  if (!id || !timestamp || !signatures) throw new DejaWebhookError('a webhook header is missing');
  if (!/^\d+$/.test(timestamp)) throw new DejaWebhookError('the timestamp is no number');
  if (Math.abs(now / 1000 - Number(timestamp)) > TOLERANCE_S)
    throw new DejaWebhookError('the timestamp is too old or too new');
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${text}`);
  for (const secret of typeof secrets === 'string' ? [secrets] : secrets) {
    const key = await crypto.subtle.importKey(
      'raw',
      bytesOf(secret.replace(/^whsec_/, '')),
      { name: 'HMAC', hash: 'SHA-256' },
      false,
      ['verify'],
    );
    for (const signature of signatures.split(' ')) {
      const [scheme, value] = signature.split(',');
      if (scheme !== 'v1' || value === undefined || !BASE64.test(value)) continue;
      if (await crypto.subtle.verify('HMAC', key, bytesOf(value), signed))
        return JSON.parse(text) as WebhookEvent;
    }
  }
  throw new DejaWebhookError('no signature matches');
}

const BASE64 = /^(?:[\w+/]{4})*(?:[\w+/]{2}==|[\w+/]{3}=)?$/;

const bytesOf = (base64: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

function headerOf(headers: WebhookHeaders, name: string): string | undefined {
  if (headers instanceof Headers) return headers.get(name) ?? undefined;
  const entry = Object.entries(headers).find(([key]) => key.toLowerCase() === name);
  return entry === undefined ? undefined : String(entry[1]);
}
