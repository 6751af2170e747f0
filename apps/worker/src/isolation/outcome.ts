/** What becomes of a model's answer or error, whatever it is: a JSON object, or plain text of a bounded length. */
import { InputError, RetryableError, TakesLongError } from '@deja/models';
import { MAX_ISSUES, MAX_MESSAGE_CHARS, type SlotFailure } from './messages.ts';

/** Members that Deja itself gives an answer. */
const RESERVED = ['cached', 'cache_hit', 'cache_key', 'job_id'];
const MAX_DENIED_CHARS = 300;

/** @param members What `model.run` gave; a model of another copy of the package is checked here, too. */
export function payloadOf(members: unknown): string {
  const kind = Object.prototype.toString.call(members);
  const isPlain = kind === '[object Object]' && !('toJSON' in (members as object));
  if (!isPlain || ![null, Object.prototype].includes(Object.getPrototypeOf(members)))
    throw new TypeError(`the members of an answer must be a plain object, not ${kind}`);
  const reserved = RESERVED.find((name) => Object.hasOwn(members as object, name));
  if (reserved !== undefined)
    throw new TypeError(`the member "${reserved}" of an answer is reserved`);
  return JSON.stringify(members);
}

export function failureOf(error: unknown): SlotFailure {
  const message = textOf(() => error);
  try {
    if (error instanceof RetryableError) return { code: 'RETRYABLE', message };
    if (error instanceof TakesLongError) return { code: 'TAKES_LONG', message };
    if (error instanceof InputError) {
      const issues = error.issues.slice(0, MAX_ISSUES).map((issue) => ({
        path: textOf(() => issue.path),
        message: textOf(() => issue.message),
      }));
      return { code: 'INPUT_REFUSED', message, issues };
    }
    // By code: another copy of the package may have made it.
    if ((error as { code?: unknown }).code === 'COMMAND_FAILED')
      return { code: 'COMMAND_FAILED', message };
  } catch {
    // A getter threw.
  }
  return { code: 'MODEL_FAILED', message };
}

/** The message of an error, or a value as text. */
export function textOf(say: () => unknown): string {
  try {
    const said = say();
    const text = String(said instanceof Error ? said.message : said);
    const { permission, resource } = Object(said) as Record<string, unknown>;
    const denied = permission ? ` (${permission} ${resource}: docs/models.md, permissions)` : '';
    return text.slice(0, MAX_MESSAGE_CHARS - MAX_DENIED_CHARS) + denied.slice(0, MAX_DENIED_CHARS);
  } catch {
    return 'it cannot be told as text';
  }
}
