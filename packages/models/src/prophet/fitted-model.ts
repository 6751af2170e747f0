/**
 * A fitted model as bytes, so that it can be kept.
 *
 *   'DFIT' | u32 format | u32 bytes of the head | head, JSON | zeros to a multiple of 8
 *   | Float64 columns, as the head names them | SHA-256 over everything before it
 *
 * Little-endian. What is read back is whole, of this format, and of shapes that belong together; else it
 * is as if there were none: the engine would take coefficients of any length, and give garbage.
 */
import { hash } from 'node:crypto';
import { z } from 'zod';
import type { Series } from './answer-rows.ts';
import type { Warning } from './fit.ts';
import { isFitOf, type ProphetFit } from './prophet-fit.ts';

export interface FittedModel {
  readonly fit: ProphetFit & { readonly warnings: readonly Warning[] };
  /** What it was trained on. */
  readonly series: Series;
  readonly residuals: Residuals;
  /** Unit: epoch ms. */
  readonly trainedAt: number;
  readonly trainingMs: number;
}

/** How far the model is from the points that it was trained on. All in the unit of y. */
export interface Residuals {
  readonly rmse: number;
  /** Four in five points lie within this distance. */
  readonly band: number;
  /** Root mean square of the steps from one point to the next. */
  readonly step: number;
}

const MAGIC = 0x54494644; // 'DFIT'
/** Bump it with any change of what is written, or of what it means. */
const FORMAT = 1;
const PREFIX_BYTES = 12;
const DIGEST_BYTES = 32;
const CELL_BYTES = 8;

const finite = z.number();
const block = z.looseObject({
  kind: z.enum(['seasonality', 'holiday', 'regressor']),
  name: z.string(),
  mode: z.enum(['additive', 'multiplicative']),
  width: z.int().min(1),
});
const head = z.object({
  options: z.looseObject({ growth: z.enum(['linear', 'logistic', 'flat']) }),
  frame: z.object({
    first: finite,
    last: finite,
    yScale: finite.positive(),
    floor: finite.nullable(),
    changepoints: z.array(finite),
    blocks: z.array(block),
  }),
  parameters: z.object({ k: finite, m: finite, sigmaObs: finite }),
  warnings: z.array(z.object({ code: z.string(), message: z.string() })),
  residuals: z.object({ rmse: finite.min(0), band: finite.min(0), step: finite.min(0) }),
  trainedAt: finite.min(0),
  trainingMs: finite.min(0),
  /** Name and length of each column: delta, beta, ds, y, then those beside y. */
  columns: z.array(z.tuple([z.string(), z.int().min(0)])).min(4),
});

export function encodeModel({ fit, series, residuals, ...times }: FittedModel): Buffer {
  const { options, frame, warnings } = fit;
  const { k, m, sigmaObs, delta, beta } = fit.parameters;
  const { ds, y, extra } = series;
  const columns = Object.entries<ArrayLike<number>>({ delta, beta, ds, y }).concat(
    Object.entries(extra).map(([name, column]) => [`extra ${name}`, column]),
  );
  const json = Buffer.from(
    JSON.stringify({
      ...{ options, frame, warnings, residuals, ...times, parameters: { k, m, sigmaObs } },
      columns: columns.map(([name, column]) => [name, column.length]),
    }),
  );
  const prefix = Buffer.alloc(PREFIX_BYTES);
  for (const [at, value] of [MAGIC, FORMAT, json.length].entries())
    prefix.writeUInt32LE(value, at * 4);
  const padding = Buffer.alloc(paddingOf(json.length));
  const cells = columns.map(([, column]) => Buffer.from(Float64Array.from(column).buffer));
  const all = Buffer.concat([prefix, json, padding, ...cells]);
  return Buffer.concat([all, hash('sha256', all, 'buffer')]);
}

/** Undefined for what is damaged, of another format, or does not fit together. */
export function decodeModel(bytes: Uint8Array): FittedModel | undefined {
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = source.length - DIGEST_BYTES;
  if (
    end < PREFIX_BYTES ||
    !hash('sha256', source.subarray(0, end), 'buffer').equals(source.subarray(end))
  )
    return undefined;
  if (source.readUInt32LE(0) !== MAGIC || source.readUInt32LE(4) !== FORMAT) return undefined;
  const jsonEnd = PREFIX_BYTES + source.readUInt32LE(8);
  if (jsonEnd > end) return undefined;
  const parsed = head.safeParse(parseJson(source.toString('utf8', PREFIX_BYTES, jsonEnd)));
  if (!parsed.success) return undefined;
  const start = jsonEnd + paddingOf(jsonEnd - PREFIX_BYTES);
  const columns = columnsOf(source.subarray(start, end), parsed.data.columns);
  return columns && assemble(parsed.data, columns);
}

type Columns = ReadonlyMap<string, Float64Array>;

function columnsOf(
  bytes: Buffer,
  shapes: readonly (readonly [name: string, length: number])[],
): Columns | undefined {
  const total = shapes.reduce((sum, [, length]) => sum + length, 0);
  if (bytes.length !== total * CELL_BYTES) return undefined;
  const cells = new Float64Array(Uint8Array.from(bytes).buffer); // aligned, and its own
  if (!cells.every(Number.isFinite)) return undefined;
  let at = 0;
  return new Map(
    shapes.map(([name, length]) => {
      at += length;
      return [name, cells.subarray(at - length, at)];
    }),
  );
}

function assemble(facts: z.output<typeof head>, columns: Columns): FittedModel | undefined {
  const { options, frame, warnings, residuals, trainedAt, trainingMs } = facts;
  const [delta, beta, ds, y] = ['delta', 'beta', 'ds', 'y'].map((name) => columns.get(name));
  if (!delta || !beta || !ds || !y || ds.length < 2) return undefined;
  const beside = [...columns].filter(([name]) => name.startsWith('extra '));
  if ([y, ...beside.map(([, column]) => column)].some(({ length }) => length !== ds.length))
    return undefined;
  const fit = {
    kind: 'prophet',
    ...{ options, frame, warnings },
    parameters: { ...facts.parameters, delta, beta },
  } as unknown as FittedModel['fit'];
  if (!isFitOf(fit.frame, fit.parameters)) return undefined;
  const extra = Object.fromEntries(
    beside.map(([name, column]) => [name.slice('extra '.length), Array.from(column)]),
  );
  const series = { ds: Array.from(ds), y: Array.from(y), extra };
  return { fit, series, residuals, trainedAt, trainingMs };
}

function paddingOf(jsonBytes: number): number {
  return -(PREFIX_BYTES + jsonBytes) & (CELL_BYTES - 1);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
