/** Writes figures for people. What is not known is a dash, never a zero. */
const DASH = '–';
type Figure = number | undefined | null;

const GROUPED = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });

/** A whole number with its thousands apart. */
export const count = (value: Figure): string => (known(value) ? GROUPED.format(value) : DASH);

/** One decimal below 10, none above. */
export function short(value: Figure): string {
  if (!known(value)) return DASH;
  return Math.abs(value) < 9.95 && !Number.isInteger(value) ? value.toFixed(1) : count(value);
}

/** Three digits that tell, also of small values. */
export function value(of: Figure): string {
  if (!known(of)) return DASH;
  const size = Math.abs(of);
  if (size >= 1000 || Number.isInteger(of)) return GROUPED.format(of);
  return size === 0 ? '0' : String(Number(of.toPrecision(3)));
}

/** @param share 0.879 is 87.9 %. */
export const percent = (share: Figure): string =>
  known(share) ? `${(share * 100).toFixed(share === 1 || share === 0 ? 0 : 1)} %` : DASH;

/** Number and unit apart, for tiles. */
export function secondsParts(seconds: Figure): readonly [figure: string, unit: string] {
  if (!known(seconds)) return [DASH, ''];
  if (seconds === 0) return ['0', 's'];
  if (seconds < 0.0095) return [short(seconds * 1000), 'ms'];
  if (seconds < 0.95) return [seconds.toFixed(2), 's'];
  if (seconds < 120) return [short(seconds), 's'];
  if (seconds < 7200) return [short(seconds / 60), 'min'];
  if (seconds < 48 * 3600) return [short(seconds / 3600), 'h'];
  return [short(seconds / 86_400), 'd'];
}

export function seconds(of: Figure): string {
  const [figure, unit] = secondsParts(of);
  return unit === '' ? figure : `${figure} ${unit}`;
}

export const milliseconds = (ms: Figure): string =>
  known(ms) ? (ms < 0.1 && ms > 0 ? `${(ms * 1000).toFixed(0)} µs` : seconds(ms / 1000)) : DASH;

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

export function bytes(of: Figure): string {
  if (!known(of)) return DASH;
  let size = of;
  let unit = 0;
  while (size >= 999.5 && unit < UNITS.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${short(size)} ${UNITS[unit]}`;
}

/** 1.6 ×; 1 is exact. */
export const times = (factor: Figure): string => (known(factor) ? `${factor.toFixed(1)} ×` : DASH);

/** `1 job`, `2 jobs`. */
export const amount = (of: number, one: string, many = `${one}s`): string =>
  `${count(of)} ${of === 1 ? one : many}`;

/** Ids are cut in the middle. */
export const shortId = (id: string, keep = 6): string =>
  id.length <= 2 * keep + 1 ? id : `${id.slice(0, keep)}…${id.slice(-keep)}`;

function known(of: Figure): of is number {
  return of !== undefined && of !== null && Number.isFinite(of);
}
