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

const WHOLE = /^(?:\s*\d+(?:\.\d+)?\s*[a-z]+)+\s*$/;
const PARTS = /(\d+(?:\.\d+)?)\s*([a-z]+)/g;

/** Seconds; undefined if the text is not a length of time above 0. */
export function parseDuration(text: string): number | undefined {
  const lower = text.toLowerCase();
  if (!WHOLE.test(lower)) return undefined;
  let seconds = 0;
  for (const [, count, name = ''] of lower.matchAll(PARTS)) {
    const unit = Object.hasOwn(UNIT_SECONDS, name) ? name : name.replace(/s$/, '');
    if (!Object.hasOwn(UNIT_SECONDS, unit)) return undefined;
    seconds += Number(count) * (UNIT_SECONDS[unit] as number);
  }
  return seconds > 0 ? seconds : undefined;
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
