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

const PART = /(\d+(?:\.\d+)?)\s*([a-z]+)/gy;

/** Seconds; undefined when the text is no length of time, or none above 0. */
export function parseDuration(text: string): number | undefined {
  const rest = text.trim().toLowerCase();
  let seconds = 0;
  let at = 0;
  for (const part of rest.matchAll(PART)) {
    const [all, count, name = ''] = part;
    const unit = Object.hasOwn(UNIT_SECONDS, name) ? name : name.replace(/s$/, '');
    const size = Object.hasOwn(UNIT_SECONDS, unit) ? UNIT_SECONDS[unit] : undefined;
    if (size === undefined) return undefined;
    seconds += Number(count) * size;
    at = part.index + all.length;
    at += rest.slice(at).length - rest.slice(at).trimStart().length;
  }
  return at === rest.length && seconds > 0 && Number.isFinite(seconds) ? seconds : undefined;
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
