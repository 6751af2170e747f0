/** How much one request may ask for. Every limit is checked in `prepare`, before anything is queued. */
export interface Limits {
  /** Longest text of `sentiment`. Unit: code points of the text as sent. Default: 20 000. */
  readonly maxTextChars: number;
  /** Most rows of a series, gaps included. Default: 50 000. */
  readonly maxPoints: number;
  /** Most steps of a forecast. Default: 3 650. */
  readonly maxPeriods: number;
}

export const DEFAULT_LIMITS: Limits = Object.freeze({
  maxTextChars: 20_000,
  maxPoints: 50_000,
  maxPeriods: 3_650,
});
