/** The columns beside ds and y that the options name: cap, floor, regressors, conditions. */
import { InputError, type InputIssue } from '../errors.ts';
import { type ForecastOptions, MAX_ABS_VALUE } from './options-schema.ts';
import { type Columns, isText } from './rows.ts';

export type ExtraColumns = Readonly<Record<string, readonly number[]>>;

/** The kind of a column: numbers, numbers or yes and no, yes and no. */
type Kind = 'number' | 'regressor' | 'condition';
type Kinds = ReadonlyMap<string, Kind>;

const MAX_ISSUES = 20;

/** The columns that every row must have. Throws `InputError` if the options contradict the rows. */
export function wantedColumns(options: ForecastOptions, data: Columns): Kinds {
  const wanted = new Map<string, Kind>();
  if (options.growth === 'logistic')
    for (const name of ['cap', 'floor'] as const) {
      const constant = options[name] !== undefined;
      const column = data.extra.has(name);
      const path = `/options/${name}`;
      if (constant && column)
        throw new InputError([{ path, message: `give ${name} here or in the rows, not both` }]);
      if (name === 'cap' && !constant && !column)
        throw new InputError([
          { path, message: 'logistic growth needs a cap: here, or in every row' },
        ]);
      if (column) wanted.set(name, 'number');
    }
  for (const { name } of options.regressors) wanted.set(name, 'regressor');
  for (const { condition_name: name } of options.seasonalities)
    if (name !== undefined) wanted.set(name, 'condition');
  return wanted;
}

/**
 * The wanted columns, in the order of the rows. An unwanted cap or floor is ignored, as in Prophet;
 * any other unwanted column is refused. Nothing is learnt from a row without a y: it may lack a value, and
 * gets that of another row.
 *
 * @param path `/data` or `/future`, for the issues.
 * @param mayLack Whether rows without a y may lack values: the answer does not show them.
 */
export function readColumns(
  { ds, y, extra }: Columns,
  wanted: Kinds,
  { path, mayLack = false }: { readonly path: string; readonly mayLack?: boolean },
): ExtraColumns {
  const issues: InputIssue[] = [];
  for (const [name, column] of extra) {
    if (wanted.has(name) || name === 'cap' || name === 'floor') continue;
    const row = column.findIndex((value) => value !== undefined);
    issues.push({
      path: `${path}/${Math.max(0, row)}/${escaped(name)}`,
      message:
        'unknown member: leave it out, or name it in options.regressors if it holds numbers to learn from',
    });
  }
  const columns = [...wanted].sort().map(([name, kind]) => {
    const raw = extra.get(name);
    if (raw === undefined) issues.push({ path, message: `every row needs the member "${name}"` });
    const values = ds.map((_, at) => {
      if (raw === undefined || issues.length >= MAX_ISSUES) return 0;
      const isUnused = mayLack && y[at] === null;
      if (isUnused && (raw[at] ?? null) === null) return undefined;
      const value = kind === 'condition' ? yesOrNo(raw[at]) : numberOf(raw[at], kind);
      if (typeof value === 'number') return isUnused ? undefined : value;
      issues.push({ path: `${path}/${at}/${escaped(name)}`, message: value });
      return 0;
    });
    return [name, filled(values)] as const;
  });
  if (issues.length > 0) throw new InputError(issues.slice(0, MAX_ISSUES));
  return Object.fromEntries(columns);
}

function filled(values: readonly (number | undefined)[]): number[] {
  let known = values.find((value) => value !== undefined) ?? 0;
  return values.map((value) => {
    known = value ?? known;
    return known;
  });
}

function numberOf(value: unknown, kind: Kind): number | string {
  if (value === undefined) return 'missing: send a number';
  if (kind === 'regressor' && typeof value === 'boolean') return Number(value);
  if (typeof value !== 'number' || !Number.isFinite(value))
    return `must be a finite number${isText(value)}`;
  if (Math.abs(value) > MAX_ABS_VALUE) return 'is beyond ±1e15: send it in a larger unit';
  return value + 0; // -0 becomes 0
}

function yesOrNo(value: unknown): number | string {
  if (value === true || value === 1) return 1;
  if (value === false || value === 0) return 0;
  return value === undefined ? 'missing: send true or false' : 'must be true or false';
}

function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
