/**
 * The parts of a question, by which it is compared with earlier ones: which of them differ explains why
 * the answer was not stored already.
 */
/** A validated, normalised input as plain JSON, and the tags of its entry. */
export interface PreparedInput {
  readonly input: unknown;
  readonly tags: readonly string[];
  /** What `parts` needs of the body. Undefined: nothing, or the input was made of another input. */
  readonly asked?: unknown;
}

export interface QuestionParts {
  /** The part that grows from question to question. Undefined: the model has none. */
  readonly series?: unknown;
  /** Plain JSON by path, a JSON Pointer into the body. Absent: it has its default. */
  readonly members: Readonly<Record<string, unknown>>;
  /** Of members that may be absent. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** Whether values may be kept and shown. Otherwise only paths are. */
  readonly showsValues: boolean;
}

/** How a series differs from an earlier one. Dates are written like those of the question. */
export interface SeriesDifference {
  readonly added: number;
  readonly altered: number;
  readonly removed: number;
  /** The first date of each kind. */
  readonly first: Readonly<Partial<Record<'added' | 'altered' | 'removed', string>>>;
  /** The first date that differs; undefined if none does. */
  readonly from: string | undefined;
}

/** Where kept series are found. */
export interface KeptSeries {
  /** Reads an artefact of this model by its name. */
  readonly read: (name: string) => Promise<Uint8Array | undefined>;
  /** The latest artefact of the same `model_id`, whatever its options were. */
  readonly latest: () => Promise<Uint8Array | undefined>;
}

const MAX_PARTS = 32;
const MAX_PATH_CHARS = 100;
const MAX_DEPTH = 8;

/**
 * The parts of any input: its members, and those of objects within. An object with too many of them, or
 * with too long names, is one part.
 */
export function partsOfAny({ input }: Pick<PreparedInput, 'input'>): QuestionParts {
  const members: Record<string, unknown> = {};
  for (const [path, value] of leavesOf(input, '', MAX_DEPTH)) members[path] = value;
  return { members, defaults: {}, showsValues: false };
}

type Leaf = readonly [path: string, value: unknown];

function leavesOf(value: unknown, path: string, depth: number): readonly Leaf[] {
  const whole: readonly Leaf[] = [[path, value]];
  if (typeof value !== 'object' || value === null || Array.isArray(value) || depth === 0)
    return whole;
  const members = Object.entries(value);
  if (members.length === 0 || members.length > MAX_PARTS) return whole;
  const leaves: Leaf[] = [];
  for (const [name, member] of members) {
    const step = `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (step.length > MAX_PATH_CHARS) return whole;
    leaves.push(...leavesOf(member, step, depth - 1));
  }
  return leaves.length > MAX_PARTS ? whole : leaves;
}
