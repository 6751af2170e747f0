/**
 * The replies of a model outside this process, one JSON object at a time: from a command, or from a
 * server that streams (docs/models.md).
 *
 *   {"progress": 0.3, "stage": "loading"}     as often as it likes
 *   {"output": …}                             the end
 *   {"error": {"code", "message", "path"}}    also the end
 */
import { z } from 'zod';
import { InputError, RetryableError } from '../errors.ts';

const replySchema = z.union([
  z.object({
    progress: z.number().transform((part) => Math.min(1, Math.max(0, part))),
    stage: z.string().optional(),
  }),
  z.object({
    error: z.object({
      code: z.string().default('MODEL_FAILED'),
      message: z.string(),
      path: z.string().default(''),
    }),
  }),
  z.custom<{ output: unknown }>(
    (value) => typeof value === 'object' && value !== null && 'output' in value,
  ),
]);

export type Reply = z.output<typeof replySchema>;

/** What a model may be allowed to reply; a slot sends no more (apps/worker/src/slots/channel.ts). */
export const MAX_REPLY_BYTES = 64 * 1024 * 1024;
/** Most characters of foreign text that an error quotes. */
const MAX_QUOTE = 500;

/** The reply in a line; undefined if the line is not a reply. */
export function parseReply(
  line: string,
): { readonly reply: Reply; readonly id: unknown } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const parsed = replySchema.safeParse(value);
  return parsed.success ? { reply: parsed.data, id: (value as { id?: unknown }).id } : undefined;
}

/** What an `error` means: the input is refused, a retry may work, or the run has failed for good. */
export function errorOf({
  code,
  message,
  path,
}: Extract<Reply, { error: object }>['error']): Error {
  const quoted = quote(message);
  if (code === 'INPUT_REFUSED') return new InputError([{ path, message: quoted }]);
  if (code === 'RETRYABLE') return new RetryableError(quoted);
  return new Error(quoted);
}

/** Foreign text, bounded. */
export function quote(text: string): string {
  return text.length <= MAX_QUOTE ? text : `${text.slice(0, MAX_QUOTE)}…`;
}
