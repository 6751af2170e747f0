import type { SeriesRow } from '../format/csv.ts';
import { value as write } from '../format/figures.ts';
import { ForecastPlot } from './series-plots.tsx';

interface Point {
  readonly ds: string;
  readonly yhat: number;
  readonly yhat_lower?: number;
  readonly yhat_upper?: number;
}

/** What the page shows of `POST /forecast`. */
export interface ForecastAnswer {
  readonly forecast: readonly Point[];
  readonly model?: Readonly<Record<string, unknown>>;
  readonly warnings?: readonly unknown[];
}

interface Props {
  readonly body: Readonly<Record<string, unknown>>;
  readonly answer: ForecastAnswer;
}

/** The series and, behind it, its forecast. */
export function ForecastResult({ body, answer }: Props) {
  const rows = [...((body.data ?? []) as readonly SeriesRow[])].sort((a, b) =>
    a.ds < b.ds ? -1 : 1,
  );
  const none = rows.map(() => null);
  const of = (read: (point: Point) => number | undefined) => [
    ...none,
    ...answer.forecast.map((point) => read(point) ?? null),
  ];
  const last = answer.forecast.at(-1);
  return (
    <>
      {last && (
        <p class="note">
          {answer.forecast.length} points, until {last.ds}: {write(last.yhat)}, between{' '}
          {write(last.yhat_lower)} and {write(last.yhat_upper)}.
        </p>
      )}
      <ForecastPlot
        label="The series and its forecast with its band"
        columns={{
          ds: [...rows.map(({ ds }) => ds), ...answer.forecast.map(({ ds }) => ds)],
          y: [...rows.map(({ y }) => y), ...answer.forecast.map(() => null)],
          yhat: of(({ yhat }) => yhat),
          yhat_lower: of((point) => point.yhat_lower),
          yhat_upper: of((point) => point.yhat_upper),
        }}
      />
      {answer.model && (
        <details class="twin">
          <summary>Which model answered</summary>
          <pre>
            <code>{JSON.stringify(answer.model, null, 2)}</code>
          </pre>
        </details>
      )}
    </>
  );
}
