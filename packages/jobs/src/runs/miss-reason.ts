/** Why a question was a miss: the first that holds. */
export const MISS_REASONS = [
  /** The request asked for a new, or a newer, computation. */
  'request_directive',
  'invalidated',
  /** Another version or engine of the model answered it. */
  'version_changed',
  'expired',
  /** The answer was stored and should still be there. */
  'evicted',
  'series_changed',
  'options_changed',
  /** Of a model that has no series. */
  'input_changed',
  'never_seen',
] as const;
export type MissReason = (typeof MISS_REASONS)[number];

/** What JOIN is told of a question. The script compares digests and reads nothing in them. */
export interface Asked {
  readonly tenant: string;
  /** Version and engine of the model. */
  readonly identity: string;
  /**
   * Of the whole input, `i:…`; then, of a model with a series, of its group and everything but the
   * series, `o:…`, and of its group and the series, `s:…`; then of the group, `g:…`. Joined by spaces, in
   * at most 64 characters, which Redis keeps more compactly than longer ones.
   */
  readonly digests: string;
  /** The parts themselves, for whoever explains the miss later. */
  readonly parts: string;
  /** How long the answer is fresh. Unit: ms. */
  readonly freshMs: number;
  /** The share of its lifetime that jitter leaves to an entry of this key. In 0..1. */
  readonly share: number;
  /** What the look-up has seen already. */
  readonly seen?: 'request_directive' | 'invalidated' | 'expired' | undefined;
}
