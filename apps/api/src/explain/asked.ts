/** What JOIN keeps of a question, so that a later miss can say what has changed: digests of its parts. */
import { canonicalDigest, DEFAULT_TENANT, lifetimeFor } from '@deja/cache-core';
import type { Asked } from '@deja/jobs';
import { type Model, type PreparedInput, partsOfAny, type QuestionParts } from '@deja/models';

/** The parts as Redis keeps them. */
export interface KeptParts {
  /** A member's value as JSON, or `#` and its digest where it is long, or not to be shown. */
  readonly members: Readonly<Record<string, string>>;
  /** Digest of the series. */
  readonly series?: string;
}

/** Longer values are kept as digests. */
const MAX_VALUE_CHARS = 64;
/** The order of members within longer values counts. */
const MAX_CANONICAL_CHARS = 16_384;

function keptParts({ members, series, showsValues }: QuestionParts): KeptParts {
  return {
    members: Object.fromEntries(
      Object.entries(members).map(([path, value]) => [path, kept(value, showsValues)]),
    ),
    ...(series !== undefined && { series: digest(series) }),
  };
}

/** The same value in the same spelling as `keptParts` has it. */
export function kept(value: unknown, showsValues: boolean): string {
  // An option may hold a date as it was parsed: undefined members go, as in JSON.
  const json = JSON.stringify(value) ?? 'null';
  if (showsValues && json.length <= MAX_VALUE_CHARS) return json;
  // In canonical form a large value takes longer than the question's own key (G12): its text has to do.
  return `#${digest(json.length > MAX_CANONICAL_CHARS ? json : JSON.parse(json))}`;
}

/** What a question is made of, and the same as Redis keeps it. */
export function partsOf(model: Model, prepared: PreparedInput) {
  const parts = model.parts?.(prepared) ?? partsOfAny(prepared);
  return { parts, kept: keptParts(parts) };
}

export interface AskedOptions {
  readonly key: string;
  /** How long an answer to it is fresh, before jitter. Unit: ms. */
  readonly freshMs: number;
  readonly jitter: number;
  readonly seen?: Asked['seen'];
  /** Who asks. Default: keys are off. */
  readonly tenant?: string | undefined;
  /** Default: they are computed. */
  readonly kept?: KeptParts;
}

export function askedOf(
  model: Model,
  prepared: PreparedInput,
  { key, freshMs, jitter, seen, tenant, kept = partsOf(model, prepared).kept }: AskedOptions,
): Asked {
  const { members, series } = kept;
  const group = model.group?.(prepared.input) ?? null;
  const ofSeries =
    series === undefined ? [] : [`o:${digest([group, members])}`, `s:${digest([group, series])}`];
  const all = [`i:${digest([group, members, series ?? null])}`, ...ofSeries, `g:${digest(group)}`];
  const life = lifetimeFor(key, { freshMs, staleMs: 0, jitter }).freshMs;
  return {
    tenant: tenant ?? DEFAULT_TENANT,
    identity: identityOf(model),
    digests: all.join(' '),
    parts: JSON.stringify(kept),
    freshMs: life,
    share: life / Math.max(1, freshMs),
    seen,
  };
}

const identityOf = ({ version, engine }: Pick<Model, 'version' | 'engine'>): string =>
  JSON.stringify([version, engine]);

/** 66 bits: enough among a few thousand questions. */
const digest = (value: unknown): string => canonicalDigest(value).slice(0, 11);
