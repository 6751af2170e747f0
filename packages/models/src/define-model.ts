/**
 * What a model is: a name and version, schemas of what goes in and comes out, how an input is
 * normalised, how long an answer stays fresh, and the computation itself.
 *
 * The API process only ever calls `prepare`; `compute` runs in a slot of a worker, and it sees the
 * normalised input alone, so that two inputs with one key can not give two answers. An engine must
 * therefore be imported inside `compute`, not at the top of the module that defines the model.
 */
import type { z } from 'zod';
import { InputError, type InputIssue } from './errors.ts';
import type { Artefacts } from './reuse/artefacts.ts';

export type Lane = 'short' | 'long';

/** What a computation is given besides its input. */
export interface ComputeContext {
  /** Aborts when nobody wants the result any more, or its time is up. Ignoring it ends the slot. */
  readonly signal: AbortSignal;
  /** Tells waiters how far it is: `fraction` in 0..1, and a word for the stage. Cheap to call often. */
  progress(fraction: number, stage?: string): void;
  /** What earlier computations of this model left for later ones, and where this one leaves its own. */
  readonly artefacts: Artefacts;
  /**
   * To be called before work that takes longer than milliseconds, by a model whose short way is an
   * artefact. In the short lane it throws, and the run begins again in the long lane.
   */
  beginLongWork(): void;
  /**
   * Says that the answer is fresh for at most `freshMs`, of the times told the shortest; and with
   * `provisional`, that a better one should be computed in the background at once, without artefacts.
   */
  freshFor(freshMs: number, options?: { readonly provisional?: boolean }): void;
  /** Counts `what` for this model on /metrics, once the answer is published. One word. */
  count(what: string): void;
}

/** What the answer says besides the model's output. */
export interface ComputeFacts {
  /** Wall time of the computation. Unit: ms. */
  readonly computeMs: number;
  /** When the computation ended. Unit: epoch ms. */
  readonly computedAt: number;
}

export interface CachePolicy {
  /** How long an answer is fresh. Unit: ms. Default: the server's `CACHE_TTL`. */
  readonly freshMs: number | undefined;
  /**
   * For how long after that a stale answer is still served at once, while it is computed anew in the
   * background (stale-while-revalidate, RFC 5861). Unit: ms. Default: 0, never.
   */
  readonly staleMs: number;
  /**
   * For how long after that a stale answer is served when computing anew fails (stale-if-error,
   * RFC 5861). Unit: ms. Default: 0, never.
   */
  readonly staleIfErrorMs: number;
  /**
   * A HIT after this share of an answer's fresh life has it computed anew in the background, so that
   * it does not expire under those who ask often. In 0..1. Default: undefined, never.
   */
  readonly eagerRefresh: number | undefined;
}

export interface ModelDefinition<I extends z.ZodType, O extends z.ZodType, N = z.output<I>> {
  /** Lower-case letters, digits, `-` and `_`; part of the URL and of every cache key. */
  readonly name: string;
  /** Positive integer, part of every cache key: bump it when equal input may give another output. */
  readonly version: number;
  /** Name and version of what computes, e.g. `augurs@0.10.2`: part of every cache key. Default: none. */
  readonly engine?: string;
  readonly input: I;
  readonly output: O;
  /** How long answers may be served. `false`: never cached. Default: `{}`. */
  readonly cache?: Partial<CachePolicy> | false;
  /** `tenant`: answers are a user's own, the key holds the tenant. Default: `shared`. */
  readonly scope?: 'shared' | 'tenant';
  /** `short`: milliseconds, never waits behind long work. Default: `long`. */
  readonly lane?: Lane;
  /** A computation that takes longer is killed. Unit: ms. Default: 120 000. */
  readonly timeoutMs?: number;
  /**
   * Computations that one slot may hold at a time: for those that mostly wait, or that `compute` puts
   * together. Default: 1.
   */
  readonly perSlot?: number;
  /** A job that has not begun by then expires. Unit: ms. Default: only its own deadline counts. */
  readonly maxQueueMs?: number;
  /** Decides the key; throws `InputError` for what a schema can not say. Default: the parsed input. */
  readonly normalise?: (input: z.output<I>) => N;
  /** Labels for invalidation. `model:` and `model_id:` are reserved. Default: none. */
  readonly tags?: (input: N) => readonly string[];
  /**
   * Names of the artefacts that may serve this input in milliseconds: where one of them is kept, the
   * run goes to the short lane. They are looked for in this order; no engine is there. Default: none.
   */
  readonly artefacts?: (input: N) => readonly string[];
  /** The id under which `POST /invalidate-cache/{model_id}` forgets this input. Default: none. */
  readonly modelId?: (input: N) => string;
  /** Runs in a slot. Throws `InputError` (final), `RetryableError` (tried again) or fails for good. */
  readonly compute: (input: N, context: ComputeContext) => Promise<z.input<O>> | z.input<O>;
  /** The members of the answer. Default: `{ output, model, compute_ms }`. */
  readonly members?: (output: z.output<O>, facts: ComputeFacts) => Record<string, unknown>;
}

/** A validated, normalised input: plain JSON, and the tags its entry gets. */
export interface PreparedInput {
  readonly input: unknown;
  readonly tags: readonly string[];
}

/** A model as the API and the workers use it, its types erased. Made by `defineModel` only. */
export interface Model {
  readonly name: string;
  readonly version: number;
  readonly engine: string | undefined;
  readonly input: z.ZodType;
  readonly output: z.ZodType;
  readonly cache: CachePolicy | false;
  readonly scope: 'shared' | 'tenant';
  readonly lane: Lane;
  readonly timeoutMs: number;
  readonly perSlot: number;
  readonly maxQueueMs: number | undefined;
  /** Names of the artefacts that may serve a prepared input. Older copies of this package have none. */
  artefacts?(input: unknown): readonly string[];
  /** Validates and normalises a request's body. Throws `InputError` with at most 20 issues. */
  prepare(body: unknown): PreparedInput;
  /** Computes and validates the output; returns the members of the answer, plain JSON. */
  run(input: unknown, context: ComputeContext): Promise<Record<string, unknown>>;
}

const MAX_ISSUES = 20;
const NAME = /^[a-z][a-z0-9_-]{0,63}$/;
const RESERVED_TAG = /^(model|model_id):/;

/** Makes a model of its definition. Throws `TypeError` when the definition itself is wrong. */
export function defineModel<I extends z.ZodType, O extends z.ZodType, N = z.output<I>>(
  definition: ModelDefinition<I, O, N>,
): Model {
  const { name, version, engine, input, output, tags, modelId, compute } = definition;
  if (!NAME.test(name))
    throw new TypeError(`model name ${JSON.stringify(name)} must match ${NAME}`);
  if (!Number.isSafeInteger(version) || version < 1)
    throw new TypeError(`model "${name}": version must be a positive integer`);
  // Not built yet, so refused and not ignored: docs/adr/0003-not-built-yet-is-refused.md.
  if (definition.scope === 'tenant')
    throw new TypeError(`model "${name}": scope 'tenant' is not supported yet`);
  const normalise = definition.normalise ?? ((parsed) => parsed as unknown as N);
  const cache = cachePolicyOf(name, definition.cache ?? {});
  const { timeoutMs = 120_000, perSlot = 1 } = definition;
  if (!Number.isSafeInteger(perSlot) || perSlot < 1)
    throw new TypeError(`model "${name}": perSlot must be a positive integer`);
  const identity = { name, version, ...(engine !== undefined && { engine }) };
  const members =
    definition.members ??
    ((value, { computeMs }) => ({ output: value, model: identity, compute_ms: computeMs }));

  return Object.freeze<Model>({
    name,
    version,
    engine,
    input,
    output,
    cache,
    scope: definition.scope ?? 'shared',
    lane: definition.lane ?? 'long',
    timeoutMs,
    perSlot,
    maxQueueMs: definition.maxQueueMs,
    prepare(body) {
      const parsed = input.safeParse(body);
      if (!parsed.success) throw new InputError(issuesOf(parsed.error));
      const normalised = normalise(parsed.data);
      const own = tags?.(normalised) ?? [];
      const reserved = own.find((tag) => RESERVED_TAG.test(tag));
      if (reserved !== undefined)
        throw new TypeError(`model "${name}": tag "${reserved}" has a reserved prefix`);
      const id = modelId?.(normalised);
      return {
        input: normalised,
        tags: [`model:${name}`, ...(id === undefined ? [] : [`model_id:${id}`]), ...own],
      };
    },
    artefacts: (normalised) => definition.artefacts?.(normalised as N) ?? [],
    async run(normalised, context) {
      const startedAt = performance.now();
      const value = await compute(normalised as N, context);
      const parsed = output.safeParse(value);
      if (!parsed.success)
        throw new Error(`model "${name}" computed something its output schema refuses`, {
          cause: parsed.error,
        });
      return members(parsed.data, {
        computeMs: Math.round((performance.now() - startedAt) * 10) / 10,
        computedAt: Date.now(),
      });
    },
  });
}

function cachePolicyOf(name: string, cache: Partial<CachePolicy> | false): CachePolicy | false {
  if (cache === false) return false;
  const { freshMs, staleMs = 0, staleIfErrorMs = 0, eagerRefresh } = cache;
  for (const [field, ms] of Object.entries({ freshMs, staleMs, staleIfErrorMs })) {
    if (ms !== undefined && !(Number.isFinite(ms) && ms >= 0))
      throw new TypeError(`model "${name}": cache.${field} must be a number of ms, 0 or more`);
  }
  if (eagerRefresh !== undefined && !(eagerRefresh >= 0 && eagerRefresh <= 1))
    throw new TypeError(`model "${name}": cache.eagerRefresh must be a share in 0..1`);
  return { freshMs, staleMs, staleIfErrorMs, eagerRefresh };
}

/** At most 20, an unknown member one each, as JSON Pointers. */
export function issuesOf(error: z.ZodError): InputIssue[] {
  return error.issues.flatMap(expand).slice(0, MAX_ISSUES);
}

/** Unknown members are one issue each, at the member's own path. */
function expand(issue: z.core.$ZodIssue): InputIssue[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      path: pointer([...issue.path, key]),
      message: 'unknown member',
    }));
  return [{ path: pointer(issue.path), message: issue.message }];
}

function pointer(path: readonly PropertyKey[]): string {
  return path
    .map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}
