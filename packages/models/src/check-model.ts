/** What a model may say of itself and of an input. What it may not is refused before it computes. */

/** What a model says of itself. */
interface Stated {
  readonly name: string;
  readonly version: number;
  readonly engine: string | undefined;
  readonly lane: string;
  readonly cache: object | false;
  readonly timeoutMs: number;
  readonly perSlot?: number;
  readonly maxQueueMs: number | undefined;
  readonly permissions?: readonly string[];
}

const DAY_MS = 86_400_000;
const MAX_TIME_MS = 7 * DAY_MS;
/** Every time that is stored is a sum of these, and within what a Date can hold. */
const MAX_CACHE_MS = 36_500 * DAY_MS;
const MAX_PER_SLOT = 1000;
const MAX_TAGS = 50;
const MAX_LABEL_CHARS = 200;
const NAME = /^[a-z][a-z0-9_-]{0,63}$/;
const PERMISSION = /^(addons|child-process|wasi|fs-(read|write)=[^\0]+)$/;
const RESERVED_TAG = /^(model|model_id):/;

/**
 * Throws `TypeError`, which names the member and its bound. Another copy of this package may have made
 * the model: members that it did not have then may be missing.
 */
export function checkModel(model: Stated): void {
  const { name, version, engine, lane, cache, timeoutMs, perSlot = 1, maxQueueMs = 0 } = model;
  const { permissions = [] } = model;
  const refuse = (what: string) => {
    throw new TypeError(`model ${JSON.stringify(name)}: ${what}`);
  };
  const within = (member: string, value: number | undefined, min: number, max: number) =>
    value === undefined || checkRange(name, member, value, min, max);
  if (!NAME.test(name))
    throw new TypeError(`model name ${JSON.stringify(name)} must match ${NAME}`);
  if (!Number.isSafeInteger(version) || version < 1) refuse('version must be a positive integer');
  if (engine !== undefined && !isLabel(engine))
    refuse(`engine must be a text of 1 to ${MAX_LABEL_CHARS} characters`);
  if (lane !== 'short' && lane !== 'long') refuse("lane must be 'short' or 'long'");
  within('timeoutMs', timeoutMs, 1, MAX_TIME_MS);
  within('maxQueueMs', maxQueueMs, 0, MAX_TIME_MS);
  if (!Number.isSafeInteger(perSlot)) refuse('perSlot must be a positive integer');
  within('perSlot', perSlot, 1, MAX_PER_SLOT);
  for (const [member, value] of Object.entries(cache))
    within(`cache.${member}`, value, 0, member === 'eagerRefresh' ? 1 : MAX_CACHE_MS);
  if (!Array.isArray(permissions) || !permissions.every((each) => PERMISSION.test(each)))
    refuse(`permissions must be texts that match ${PERMISSION}`);
}

/** Throws `TypeError`, which names the member and its bounds. */
export function checkRange(
  model: string,
  member: string,
  value: number,
  min: number,
  max: number,
): void {
  if (typeof value !== 'number' || !(value >= min && value <= max))
    throw new TypeError(
      `model "${model}": ${member} must be a number of ${min} to ${max}, but is ${String(value)}`,
    );
}

/** The tags of an input: the model's own labels, and those that Deja reserves. */
export function tagsOf(model: string, modelId: unknown, own: readonly unknown[]): string[] {
  const refuse = (what: string) => {
    throw new TypeError(`model "${model}": ${what}`);
  };
  if (modelId !== undefined && !isLabel(modelId))
    refuse(`modelId must give a text of 1 to ${MAX_LABEL_CHARS} characters`);
  if (!Array.isArray(own) || own.length > MAX_TAGS || !own.every(isLabel))
    refuse(`tags must give at most ${MAX_TAGS} texts of 1 to ${MAX_LABEL_CHARS} characters`);
  const reserved = own.find((tag) => RESERVED_TAG.test(String(tag)));
  if (reserved !== undefined) refuse(`tag "${reserved}" has a reserved prefix`);
  const id = modelId === undefined ? [] : [`model_id:${modelId}`];
  return [`model:${model}`, ...id, ...(own as string[])];
}

function isLabel(value: unknown): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_LABEL_CHARS;
}
