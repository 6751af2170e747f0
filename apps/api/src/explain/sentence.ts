/** One sentence for people: whether a question would be answered from the cache, and why not. */
import type { EarlierQuestion, MissReason } from '@deja/jobs';
import type { SeriesDifference } from '@deja/models';
import type { Difference } from './differences.ts';

export interface MissFacts {
  readonly reason: MissReason;
  readonly nearest: EarlierQuestion | undefined;
  readonly differs: readonly Difference[];
  readonly series: SeriesDifference | undefined;
  /** It is the very question, asked before. */
  readonly isSame: boolean;
  readonly now: number;
}

const MAX_NAMED = 5;

export function missSentence(facts: MissFacts): string {
  const { reason, nearest, isSame, now } = facts;
  const asked = nearest && `asked ${ago(now - nearest.askedAt)}`;
  switch (reason) {
    case 'request_directive':
      return 'The request asks for a new computation.';
    case 'invalidated':
      return nearest && !isSame
        ? `The answer to the nearest question, ${asked}, was invalidated. ${whatDiffers(facts)}`
        : 'The answer to this question was invalidated.';
    case 'version_changed':
      return `The model has changed since the nearest question, ${asked}. ${whatDiffers(facts)}`;
    case 'expired':
      return nearest?.freshUntil === undefined
        ? 'The answer to this question has expired.'
        : `The answer to this question expired ${ago(now - nearest.freshUntil)}.`;
    case 'evicted':
      return `The answer${answered(nearest, now)} should still be there, but no tier has it: it was evicted to make room, or lost.`;
    case 'series_changed':
      return `The series differs from that of the nearest question, ${asked}. ${whatDiffers(facts)}`;
    case 'options_changed':
      return `The series is that of the nearest question, ${asked}, but other things differ. ${whatDiffers(facts)}`;
    case 'input_changed':
      return `The input differs from that of the nearest question, ${asked}. ${whatDiffers(facts)}`;
    case 'never_seen':
      return 'Nothing like it was asked before, or Deja no longer knows of it.';
  }
}

/** `3 min ago`. */
function ago(ms: number): string {
  return `${duration(ms)} ago`;
}

export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}

function answered(nearest: EarlierQuestion | undefined, now: number): string {
  return nearest?.answeredAt === undefined ? '' : ` of ${ago(now - nearest.answeredAt)}`;
}

function whatDiffers({ differs, series }: MissFacts): string {
  const named = differs.slice(0, MAX_NAMED).map((difference) => nameOf(difference, series));
  if (differs.length > MAX_NAMED) named.push(`${differs.length - MAX_NAMED} more`);
  return named.length === 0 ? 'Nothing else differs.' : `What differs: ${named.join('; ')}.`;
}

function nameOf({ path, was, is }: Difference, series: SeriesDifference | undefined): string {
  if (path === '/data') return `${path} (${series ? countsOf(series) : 'the kept series is gone'})`;
  if (was === undefined && is === undefined) return path;
  const text = (value: unknown) => (value === undefined ? 'none' : JSON.stringify(value));
  return `${path} (was ${text(was)}, is ${text(is)})`;
}

function countsOf({ added, altered, removed, first }: SeriesDifference): string {
  const counts = Object.entries({ added, altered, removed }).filter(([, count]) => count > 0);
  if (counts.length === 0) return 'no row differs from the series of the latest model';
  return counts
    .map(([kind, count]) => {
      const date = first[kind as keyof typeof first];
      return `${count} ${kind}${date === undefined ? '' : `, the first ${date}`}`;
    })
    .join('; ');
}
