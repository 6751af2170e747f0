/** How far a long work is: a bar on a terminal, a line every 10 s elsewhere. */
import type { Output } from './output.ts';

export interface Progress {
  /** So many are done. */
  update(done: number, failed: number): void;
  end(): void;
}

const BAR = 24;
const REDRAW_MS = 100;
const LINE_MS = 10_000;

/** @param total Undefined while nobody knows how many there are. */
export function createProgress(
  out: Output,
  total: number | undefined,
  now: () => number = () => performance.now(),
): Progress {
  const startedAt = now();
  const everyMs = out.isTerminal ? REDRAW_MS : LINE_MS;
  let drawnAt = out.isTerminal ? Number.NEGATIVE_INFINITY : startedAt;
  return {
    update(done, failed) {
      if (now() - drawnAt < everyMs && done !== total) return;
      drawnAt = now();
      const text = progressText(done, failed, total, now() - startedAt);
      if (out.isTerminal) out.status(text);
      else if (done !== total) out.note(text);
    },
    end() {
      out.status('');
    },
  };
}

export function progressText(
  done: number,
  failed: number,
  total: number | undefined,
  elapsedMs: number,
): string {
  const perSecond = (done / Math.max(elapsedMs, 1)) * 1000;
  const parts = [`${rounded(perSecond)}/s`];
  if (total !== undefined && done > 0)
    parts.push(`${durationText(((total - done) / perSecond) * 1000)} left`);
  if (failed > 0) parts.push(`${failed} failed`);
  if (total === undefined) return `${counted(done)} done  ${parts.join('  ')}`;
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const bar = '█'.repeat(Math.round(share * BAR)).padEnd(BAR, '░');
  return `${bar} ${counted(done)}/${counted(total)}  ${Math.floor(share * 100)} %  ${parts.join('  ')}`;
}

const counted = (value: number): string => value.toLocaleString('en-US');
const rounded = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0));

export function durationText(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
