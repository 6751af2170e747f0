/** Lengths of time as pandas writes and reads them: `365 days`, `12 hours`, `1 day 6 h`, `30D`. */
const UNIT_SECONDS: Readonly<Record<string, number>> = {
  w: 604_800,
  week: 604_800,
  d: 86_400,
  day: 86_400,
  h: 3600,
  hr: 3600,
  hour: 3600,
  m: 60,
  min: 60,
  minute: 60,
  s: 1,
  sec: 1,
  second: 1,
};

/** Refused by name: it is no fixed time, or could be read as another unit. */
const REFUSED: readonly (readonly [RegExp, string])[] = [
  [
    /^(M|mo|mon|months?|MS|ME)$/,
    'months differ in length: write days ("30 days"), or "min" for minutes',
  ],
  [/^(y|yr|years?|Q|quarters?)$/i, 'years and quarters differ in length: write days ("365 days")'],
  [/^(ms|us|ns|milli.*|micro.*|nano.*)$/i, 'the shortest unit is the second'],
];

const WHOLE = /^(?:\s*\d+(?:\.\d+)?\s*[a-zA-Z]+)+\s*$/;
const PARTS = /(\d+(?:\.\d+)?)\s*([a-zA-Z]+)/g;

/**
 * Seconds; undefined if the text is not a length of time above 0, and why if it has a unit that is
 * refused. Case counts only in `M`: pandas' code for months is not the `m` of minutes.
 */
export function parseDuration(text: string): number | string | undefined {
  if (!WHOLE.test(text)) return undefined;
  let seconds = 0;
  for (const [, count, name = ''] of text.matchAll(PARTS)) {
    const refused = REFUSED.find(([names]) => names.test(name) || names.test(name.toLowerCase()));
    if (refused) return `"${name}" is no unit here: ${refused[1]}`;
    const unit = unitOf(name.toLowerCase());
    if (unit === undefined) return undefined;
    seconds += Number(count) * unit;
  }
  return seconds > 0 ? seconds : undefined;
}

/** Words have a plural, letters have none. */
function unitOf(name: string): number | undefined {
  const unit =
    name.length > 2 && !Object.hasOwn(UNIT_SECONDS, name) ? name.replace(/s$/, '') : name;
  return Object.hasOwn(UNIT_SECONDS, unit) ? UNIT_SECONDS[unit] : undefined;
}

/** `37 days`, `1 days 06:00:00`. */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  const rest = whole % 86_400;
  const days = `${Math.floor(whole / 86_400)} days`;
  if (rest === 0) return days;
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  return `${days} ${two(rest / 3600)}:${two((rest / 60) % 60)}:${two(rest % 60)}`;
}
