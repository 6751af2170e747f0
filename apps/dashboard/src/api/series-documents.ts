/** What the API answers about series, as far as the page reads it. See documents.ts. */

type Maybe<T> = T | undefined;

export interface Decision {
  at: string;
  source: 'trained' | 'cached' | 'reused';
  reason: string;
  data_change: number;
  points: number;
  trained_at: string;
  error_training?: Maybe<number>;
  error_new?: Maybe<number>;
  error_ratio?: Maybe<number>;
  coverage?: Maybe<number>;
  new_points: number;
  took_ms: number;
}

export interface SeriesLine {
  model_id: string;
  tenant: string;
  asked_at: string;
  trained_at: string;
  age_s: number;
  last_decision: Decision;
  error_ratio?: Maybe<number>;
  coverage?: Maybe<number>;
}

export interface SeriesPage {
  series: SeriesLine[];
  next_cursor?: Maybe<string>;
}

export interface Series {
  model_id: string;
  tenant: string;
  decisions: Decision[];
  came: {
    ds: string[];
    y: number[];
    yhat: number[];
    yhat_lower: number[];
    yhat_upper: number[];
    made_at: string[];
  };
  accuracy?: Maybe<{ points: number; mean_error_share?: Maybe<number>; within_band: number }>;
}

export interface SeriesPlot {
  model_id: string;
  trained_at: string;
  freq: string;
  ds: string[];
  y: (number | null)[];
  yhat: number[];
  yhat_lower: number[];
  yhat_upper: number[];
  components: Record<string, number[]>;
  changepoints: { ds: string; delta: number }[];
}
