import { createHash } from 'node:crypto';
import { cacheKeyFor } from '@deja/cache-core';
import { createForecastModel } from '@deja/models';
import canonicalize from 'canonicalize';
import { z } from 'zod';
import type { Table } from '../report.ts';
import { COMPARED, compare, RATIO } from '../rounds.ts';
import type { Effort } from './sizes.ts';

const POINTS = 1000;
const DAY_MS = 86_400_000;

/** What clients of `POST /forecast` send: three years of days. */
const body = JSON.stringify({
  model_id: 'sales',
  data: Array.from({ length: POINTS }, (_, i) => ({
    ds: new Date(Date.UTC(2022, 0, 1) + i * DAY_MS).toISOString().slice(0, 10),
    y: Math.round(1e5 + 2e4 * Math.sin(i / 58) + 7919 * ((i * 31) % 17)) / 100,
  })),
  periods: 30,
});
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const model = createForecastModel();
const keyOf = (input: unknown) =>
  cacheKeyFor({ model: model.name, version: model.version, engine: model.engine, input });

/** The key of an input that is parsed, checked and normalised already. */
export async function seriesKey({ rounds, operations }: Effort): Promise<Table> {
  const rows = JSON.parse(body);
  const { input } = model.prepare(rows);
  const turns = Math.max(1, Math.round(operations / 50));
  const times = (work: () => unknown) => () => {
    for (let i = 0; i < turns; i += 1) work();
  };
  return {
    caption: `Key of a series of ${POINTS} points`,
    columns: COMPARED,
    ratioOf: RATIO,
    rows: await compare(
      [
        { name: 'cacheKeyFor', turn: times(() => keyOf(input)) },
        {
          name: 'JSON.stringify + SHA-256 (not canonical)',
          turn: times(() => sha256(JSON.stringify(input))),
        },
        { name: 'canonicalize + SHA-256', turn: times(() => sha256(canonicalize(input) ?? '')) },
        {
          name: 'canonicalize + SHA-256 of the rows as sent',
          turn: times(() => sha256(canonicalize(rows) ?? '')),
        },
      ],
      { rounds, operations: turns },
    ),
  };
}

/** From the bytes of a body that nobody has seen before to its key: all of it on the event loop. */
export async function firstSight({ rounds, operations }: Effort): Promise<Table> {
  const bytes = Buffer.from(body);
  const parse = () => JSON.parse(bytes.toString());
  const parsed = parse();
  const { input } = model.prepare(parsed);
  const textbook = z.strictObject({
    model_id: z.string(),
    data: z.array(z.strictObject({ ds: z.string(), y: z.number().nullable() })),
    periods: z.int(),
  });
  const turns = Math.max(1, Math.round(operations / 50));
  const times = (work: () => unknown) => () => {
    for (let i = 0; i < turns; i += 1) work();
  };
  const rows = await compare(
    [
      { name: 'all of it', turn: times(() => keyOf(model.prepare(parse()).input)) },
      { name: '- JSON.parse', turn: times(parse) },
      { name: '- validate into columns', turn: times(() => model.input.safeParse(parsed)) },
      { name: '- validate and normalise', turn: times(() => model.prepare(parsed)) },
      { name: '- key', turn: times(() => keyOf(input)) },
      {
        name: 'textbook: JSON.parse, zod, canonicalize, SHA-256',
        turn: times(() => sha256(canonicalize(textbook.parse(parse())) ?? '')),
      },
    ],
    { rounds, operations: turns },
  );
  const caption = `First sight of a forecast body, ${POINTS} points, ${Math.round(bytes.byteLength / 1000)} KB`;
  return { caption, columns: COMPARED, ratioOf: RATIO, rows };
}
