/** Cap and floor of logistic growth. */
import { InputError } from '../errors.ts';
import type { ExtraColumns } from './extra-columns.ts';
import type { ForecastInput } from './input.ts';

/**
 * Normalises an input of logistic growth: a cap or floor that never changes becomes a number. Throws
 * `InputError` if the cap is not above the floor.
 */
export function withSaturation(input: ForecastInput): ForecastInput {
  const { extra = {}, future, ...rest } = input;
  refuseLowCap(input);
  const constants = (['cap', 'floor'] as const).flatMap((name) => {
    const values = [...(extra[name] ?? []), ...(future?.extra?.[name] ?? [])];
    const same = values.length > 0 && values.every((value) => value === values[0]);
    return same ? [[name, values[0] as number] as const] : [];
  });
  if (constants.length === 0) return input;
  const names = constants.map(([name]) => name);
  const left = without(extra, names);
  const leftAhead = without(future?.extra ?? {}, names);
  const ahead = {
    ...(future?.ds && { ds: future.ds }),
    ...(Object.keys(leftAhead).length > 0 && { extra: leftAhead }),
  };
  return {
    ...rest,
    ...(Object.keys(left).length > 0 && { extra: left }),
    ...(Object.keys(ahead).length > 0 && { future: ahead }),
    fit: { ...input.fit, ...Object.fromEntries(constants) },
  };
}

function refuseLowCap({ fit, y, extra = {}, future }: ForecastInput): void {
  const least = y.reduce<number>((a, b) => (b === null ? a : Math.min(a, b)), Infinity);
  const usual = fit.scaling === 'minmax' ? least : 0;
  const refuse = (columns: ExtraColumns, path: string) => {
    const { cap, floor } = columns;
    const length = cap?.length ?? floor?.length ?? 1;
    for (let at = 0; at < length; at += 1) {
      const most = cap?.[at] ?? (fit.cap as number);
      const base = floor?.[at] ?? fit.floor ?? usual;
      if (most > base) continue;
      const where = cap ? `${path}/${at}/cap` : floor ? `${path}/${at}/floor` : '/options/cap';
      const message = `the cap ${most} must be greater than the floor ${base}`;
      throw new InputError([{ path: where, message }]);
    }
  };
  refuse(extra, '/data');
  refuse(future?.extra ?? {}, '/future');
}

function without(columns: ExtraColumns, names: readonly string[]): ExtraColumns {
  return Object.fromEntries(Object.entries(columns).filter(([name]) => !names.includes(name)));
}
