/** How much one request may ask for. Every limit is checked in `prepare`, before anything is queued. */
export interface Limits {
  /** Longest text of `sentiment`. Unit: code points of the text as sent. Default: 20 000. */
  readonly maxTextChars: number;
  /** Most rows of a series, gaps included. Default: 50 000. */
  readonly maxPoints: number;
  /** Most steps of a forecast. Default: 3 650. */
  readonly maxPeriods: number;
  /** Dates of an answer times `uncertainty_samples`; 10 million take a second. Default: 50 million. */
  readonly maxSampleSteps: number;
  /** Highest Fourier order of one seasonality. Default: 30. */
  readonly maxFourierOrder: number;
  /** Most days of `holidays`, windows counted out. Default: 10 000. */
  readonly maxHolidayDays: number;
  /** Most extra regressors. Default: 50. */
  readonly maxRegressors: number;
  /** Most cutoffs of a cross-validation: each is a run. Default: 100. */
  readonly maxCutoffs: number;
  /** Largest `options.max_data_change` of a forecast: a share of the points. Default: 0.5. */
  readonly maxDataChange: number;
  /** Largest `options.max_model_age_s` of a forecast; fitted models are kept that long. Default: 1 day. */
  readonly maxModelAgeS: number;
}

export const DEFAULT_LIMITS: Limits = Object.freeze({
  maxTextChars: 20_000,
  maxPoints: 50_000,
  maxPeriods: 3_650,
  maxSampleSteps: 50_000_000,
  maxFourierOrder: 30,
  maxHolidayDays: 10_000,
  maxRegressors: 50,
  maxCutoffs: 100,
  maxDataChange: 0.5,
  maxModelAgeS: 86_400,
});
