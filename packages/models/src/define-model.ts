/**
 * The definition of a model: name and version, schemas of input and output, how an input is
 * normalised, how long an answer stays fresh, and the computation itself.
 *
 * The API process only calls `prepare`. `compute` runs in a slot of a worker and sees only the
 * normalised input, so that two inputs with one cache key cannot give two answers. Import an engine
 * inside `compute` and not at the top of the module that defines the model, because the API loads
 * that module.
 */
import type { z } from 'zod';
import { checkModel, tagsOf } from './check-model.ts';
import { InputError } from './errors.ts';
import { issuesOf } from './issues.ts';
import type {
  KeptSeries,
  PreparedInput,
  QuestionParts,
  SeriesDifference,
} from './question-parts.ts';
import type { Artefacts } from './reuse/artefacts.ts';

export type Lane = 'short' | 'long';

/** The context that a computation gets besides its input. */
export interface ComputeContext {
  /** Aborts when nobody wants the result any more or the time is up. If it is ignored, the slot is killed. */
  readonly signal: AbortSignal;
  /** Reports progress to waiters: `fraction` in 0..1, and a word for the stage. Cheap to call often. */
  progress(fraction: number, stage?: string): void;
  /** Reads the artefacts that earlier computations of this model kept, and keeps new ones. */
  readonly artefacts: Artefacts;
  /**
   * Call this before work that takes longer than 100 ms, in a model that an artefact makes fast. In
   * the short lane it throws, and the run begins again in the long lane.
   */
  beginLongWork(): void;
  /**
   * Says that the answer is fresh for at most `freshMs`; of several calls the shortest counts. With
   * `provisional`, a background run computes a better answer at once, without artefacts.
   */
  freshFor(freshMs: number, options?: { readonly provisional?: boolean }): void;
  /**
   * Keeps facts about how this answer came about, plain JSON of at most 8 kB, in the log of its
   * `modelId`, once the answer is published. The last call counts; the log has the last 100 answers.
   */
  note(facts: Readonly<Record<string, unknown>>): void;
  /** Counts `what`, a single word, for this model on /metrics once the answer is published. */
  count(what: string): void;
}

/** Facts about the computation that the answer states besides the output. */
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
   * How long after that a stale answer is still served at once, while a background run computes it
   * again (stale-while-revalidate, RFC 5861). Unit: ms. Default: 0, never.
   */
  readonly staleMs: number;
  /**
   * How long after that a stale answer is served if computing it again fails (stale-if-error, RFC
   * 5861). Unit: ms. Default: 0, never.
   */
  readonly staleIfErrorMs: number;
  /**
   * A HIT after this share of an answer's fresh life starts a background run that computes it
   * again, so that popular answers do not expire. In 0..1. Default: undefined, never.
   */
  readonly eagerRefresh: number | undefined;
}

export interface ModelDefinition<I extends z.ZodType, O extends z.ZodType, N = z.output<I>> {
  /** Lower-case letters, digits, `-` and `_`; part of the URL and of every cache key. */
  readonly name: string;
  /** Positive integer, part of every cache key. Increase it when an equal input can give another output. */
  readonly version: number;
  /** Name and version of the engine, e.g. `wink-nlp@2.4.0`; part of every cache key. Default: none. */
  readonly engine?: string;
  readonly input: I;
  readonly output: O;
  /** How long answers may be served. `false`: never cached. Default: `{}`. */
  readonly cache?: Partial<CachePolicy> | false;
  /** `tenant`: every tenant has answers of its own, and the key contains the tenant. Default: `shared`. */
  readonly scope?: 'shared' | 'tenant';
  /** `short`: takes milliseconds, and never waits behind long work. Default: `long`. */
  readonly lane?: Lane;
  /**
   * About how long an input takes, where that can be told without an engine. Below 100 the run goes to
   * the short lane, whatever `lane` says. Unit: ms. Default: unknown.
   */
  readonly estimateMs?: (input: N) => number;
  /** A computation that takes longer is killed. Unit: ms. Default: 120 000. */
  readonly timeoutMs?: number;
  /**
   * How many computations one slot may hold at once, for a model that mostly waits, or that batches
   * them. Default: 1.
   */
  readonly perSlot?: number;
  /** A job whose run has not begun after this time expires. Unit: ms. Default: only its own deadline counts. */
  readonly maxQueueMs?: number;
  /**
   * What a slot may do for this model besides computing and reading the files beside its module: Node's
   * permissions `addons`, `child-process`, `wasi`, `fs-read=<path>` and `fs-write=<path>`. Default: none.
   */
  readonly permissions?: readonly string[];
  /** Decides the cache key. Throws `InputError` for what a schema cannot express. Default: the parsed input. */
  readonly normalise?: (input: z.output<I>) => N;
  /** Labels for invalidation. `model:` and `model_id:` are reserved. Default: none. */
  readonly tags?: (input: N) => readonly string[];
  /**
   * Names of artefacts that can serve this input in milliseconds. If one of them is kept, the run
   * goes to the short lane. They are looked up in this order, without an engine. Default: none.
   */
  readonly artefacts?: (input: N) => readonly string[];
  /**
   * What the input belongs to, such as its series: all questions of a group, and the artefacts that they
   * leave, lie in one shard. A model with artefacts should have one. Default: the input itself.
   */
  readonly group?: (input: N) => string;
  /** The id under which `POST /invalidate-cache/{model_id}` forgets the answer. Default: none. */
  readonly modelId?: (input: N) => string;
  /** What `parts` needs of the body beside the input. Default: nothing. */
  readonly asked?: (body: z.output<I>) => unknown;
  /** The parts by which a question is compared with earlier ones. Default: the members of the input. */
  readonly parts?: (prepared: PreparedInput) => QuestionParts;
  /** How the series of an input differs from one that an artefact keeps. Default: unknown. */
  readonly seriesDifference?: Model['seriesDifference'];
  /** Runs in a slot. Throws `InputError` (final), `RetryableError` (retried) or any other error (final). */
  readonly compute: (input: N, context: ComputeContext) => Promise<z.input<O>> | z.input<O>;
  /** The members of the answer. Default: `{ output, model, compute_ms }`. */
  readonly members?: (output: z.output<O>, facts: ComputeFacts) => Record<string, unknown>;
}

/** A model as API and workers use it, with its types erased. Only `defineModel` makes one. */
export interface Model {
  readonly name: string;
  readonly version: number;
  readonly engine: string | undefined;
  readonly input: z.ZodType;
  readonly output: z.ZodType;
  readonly cache: CachePolicy | false;
  readonly scope: 'shared' | 'tenant';
  /** Of what nothing better is known. */
  readonly lane: Lane;
  readonly timeoutMs: number;
  readonly perSlot: number;
  readonly maxQueueMs: number | undefined;
  /** Models of older copies of this package lack it. */
  readonly permissions?: readonly string[];
  /** The lane of a prepared input. Models of older copies of this package lack it. */
  laneOf?(input: unknown): Lane;
  /** Names of artefacts that can serve a prepared input. Absent: it has none, or does not tell. */
  artefacts?(input: unknown): readonly string[];
  /** What a prepared input belongs to. Absent: every input is its own group. */
  group?(input: unknown): string | undefined;
  /** The parts of a question. Absent: `partsOfAny`. */
  parts?(prepared: PreparedInput): QuestionParts;
  /** How the series of a prepared input differs from one that an artefact keeps. */
  seriesDifference?(input: unknown, kept: KeptSeries): Promise<SeriesDifference | undefined>;
  /** Validates and normalises a request's body. Throws `InputError` with at most 20 issues. */
  prepare(body: unknown): PreparedInput;
  /** Computes and validates the output; returns the members of the answer, plain JSON. */
  run(input: unknown, context: ComputeContext): Promise<Record<string, unknown>>;
}

/** What takes longer is long work. Unit: ms. */
export const SHORT_WORK_MS = 100;

/** Makes a model from its definition. Throws `TypeError` if the definition itself is wrong. */
export function defineModel<I extends z.ZodType, O extends z.ZodType, N = z.output<I>>(
  definition: ModelDefinition<I, O, N>,
): Model {
  const { name, version, engine, input, output, tags, modelId, compute } = definition;
  const normalise = definition.normalise ?? ((parsed) => parsed as unknown as N);
  const cache = cachePolicyOf(definition.cache ?? {});
  const { timeoutMs = 120_000, perSlot = 1, permissions = [] } = definition;
  const identity = { name, version, ...(engine !== undefined && { engine }) };
  const members =
    definition.members ??
    ((value, { computeMs }) => ({ output: value, model: identity, compute_ms: computeMs }));

  const model = Object.freeze<Model>({
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
    permissions,
    maxQueueMs: definition.maxQueueMs,
    prepare(body) {
      const parsed = input.safeParse(body);
      if (!parsed.success) throw new InputError(issuesOf(parsed.error));
      const normalised = normalise(parsed.data);
      const own = tags?.(normalised) ?? [];
      const labels = tagsOf(name, modelId?.(normalised), own);
      const asked = definition.asked?.(parsed.data);
      return { input: normalised, tags: labels, ...(asked !== undefined && { asked }) };
    },
    laneOf(normalised) {
      const ms = definition.estimateMs?.(normalised as N) ?? Number.POSITIVE_INFINITY;
      return ms < SHORT_WORK_MS ? 'short' : (definition.lane ?? 'long');
    },
    ...(definition.artefacts && {
      artefacts: (normalised) => definition.artefacts?.(normalised as N) ?? [],
    }),
    ...(definition.group && { group: (normalised) => definition.group?.(normalised as N) }),
    ...(definition.parts && { parts: definition.parts }),
    ...(definition.seriesDifference && { seriesDifference: definition.seriesDifference }),
    async run(normalised, context) {
      const startedAt = performance.now();
      const value = await compute(normalised as N, context);
      const parsed = output.safeParse(value);
      if (!parsed.success)
        throw new Error(
          `model "${name}" computed something its output schema refuses: ${new InputError(issuesOf(parsed.error)).message}`,
        );
      return members(parsed.data, {
        computeMs: Math.round((performance.now() - startedAt) * 10) / 10,
        computedAt: Date.now(),
      });
    },
  });
  checkModel(model);
  return model;
}

function cachePolicyOf(cache: Partial<CachePolicy> | false): CachePolicy | false {
  if (cache === false) return false;
  const { freshMs, staleMs = 0, staleIfErrorMs = 0, eagerRefresh } = cache;
  return { freshMs, staleMs, staleIfErrorMs, eagerRefresh };
}
