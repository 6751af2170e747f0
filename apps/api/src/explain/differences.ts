/** In which parts a question differs from an earlier one. */
import type { EarlierQuestion } from '@deja/jobs';
import type { Model, QuestionParts, SeriesDifference } from '@deja/models';
import { type KeptParts, kept } from './asked.ts';

/** A part that differs. `path` is a JSON Pointer into the input, or names a fact of the model. */
export type Difference = {
  readonly path: string;
  /** Absent: it is long, not to be shown, or was not given. */
  readonly was?: unknown;
  readonly is?: unknown;
} & Partial<Pick<SeriesDifference, 'added' | 'altered' | 'removed' | 'from'>>;

export interface AskedNow {
  readonly model: Pick<Model, 'version' | 'engine'>;
  readonly parts: QuestionParts;
  /** The same as Redis keeps them. */
  readonly kept: KeptParts;
}

/** Where a series lies in the body of a question. */
const SERIES = '/data';

const keptOf = ({ parts }: EarlierQuestion): KeptParts => JSON.parse(parts) as KeptParts;

export function hasOtherSeries(now: AskedNow, earlier: EarlierQuestion): boolean {
  return now.kept.series !== keptOf(earlier).series;
}

/** @param series How the series differ, if that is known. */
export function differencesOf(
  now: AskedNow,
  earlier: EarlierQuestion,
  series: SeriesDifference | undefined,
): Difference[] {
  const [version, engine] = JSON.parse(earlier.identity) as [number, string | null];
  const { model } = now;
  const facts: Difference[] = [];
  if (version !== model.version)
    facts.push({ path: '/model/version', was: version, is: model.version });
  if (engine !== (model.engine ?? null))
    facts.push({
      path: '/model/engine',
      ...definedOf({ was: engine ?? undefined, is: model.engine }),
    });
  const { added, altered, removed, from } = series ?? {};
  const data = hasOtherSeries(now, earlier)
    ? [{ path: SERIES, ...definedOf({ added, altered, removed, from }) }]
    : [];
  return [...facts, ...data, ...memberDifferences(now, keptOf(earlier))];
}

/** The question of a model without series that has the most members in common; of equals, the latest. */
export function nearestOf(
  now: AskedNow,
  earlier: readonly EarlierQuestion[],
): EarlierQuestion | undefined {
  const { members } = now.kept;
  const common = (question: EarlierQuestion) => {
    const theirs = keptOf(question).members;
    return Object.entries(members).filter(([path, value]) => theirs[path] === value).length;
  };
  let best: { readonly question: EarlierQuestion; readonly count: number } | undefined;
  for (const question of earlier) {
    const count = common(question);
    if (!best || count > best.count) best = { question, count };
  }
  return best?.question;
}

function memberDifferences(
  { parts, kept: { members: now } }: AskedNow,
  earlier: KeptParts,
): Difference[] {
  const usual = (path: string) =>
    path in parts.defaults ? kept(parts.defaults[path], parts.showsValues) : undefined;
  const paths = [...new Set([...Object.keys(now), ...Object.keys(earlier.members)])].sort();
  return paths.flatMap((path) => {
    const was = earlier.members[path] ?? usual(path);
    const is = now[path] ?? usual(path);
    return was === is ? [] : [{ path, ...definedOf({ was: shown(was), is: shown(is) }) }];
  });
}

const shown = (text: string | undefined): unknown =>
  text === undefined || text.startsWith('#') ? undefined : JSON.parse(text);

function definedOf<T extends object>(members: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const there = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(there) as { [K in keyof T]?: NonNullable<T[K]> };
}
