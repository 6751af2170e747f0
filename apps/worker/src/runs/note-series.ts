/** Keeps what a model noted of an answer in the log of its series. */
import { type QueueShards, SeriesLog, type SeriesName } from '@deja/jobs';
import { z } from 'zod';

/** What the log itself reads of the facts; a model may note anything else. */
const known = z.looseObject({
  error_ratio: z.number().min(0).optional().catch(undefined),
  came: z
    .array(z.looseObject({ at: z.number() }))
    .optional()
    .catch(undefined),
});

/** @param series The `modelId` of the input, and the key. @param tookMs What the computation took. */
export type NoteSeries = (
  model: string,
  series: SeriesName & { readonly key: string },
  noted: { readonly facts: Readonly<Record<string, unknown>>; readonly tookMs: number },
) => Promise<void>;

export function createNoteSeries(queues: QueueShards): NoteSeries {
  return async (model, series, { facts, tookMs }) => {
    const { came = [], ...rest } = known.parse(facts);
    const points = came.map(({ at, ...row }) => ({ at, row }));
    await new SeriesLog(queues, model).note(
      series,
      { ...rest, took_ms: tookMs },
      { missed: rest.error_ratio, came: points },
    );
  };
}
