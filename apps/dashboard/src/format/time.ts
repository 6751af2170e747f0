/** Writes times in UTC, like the data. */
type Time = string | number | undefined;

/** `14:31:07` */
export const clock = (at: Time): string => part(at, 11, 19);
/** `14:31` */
export const hourMinute = (at: Time): string => part(at, 11, 16);
/** `2026-11-26` */
const day = (at: Time): string => part(at, 0, 10);
/** `2026-11-26 14:31` */
const dayMinute = (at: Time): string => part(at, 0, 16).replace('T', ' ');

function part(at: Time, from: number, to: number): string {
  const ms = typeof at === 'string' ? Date.parse(at) : at;
  return ms === undefined || Number.isNaN(ms) ? '–' : new Date(ms).toISOString().slice(from, to);
}

/** Only the time of what was today, else also the day. */
export const when = (at: Time, now = Date.now()): string =>
  day(at) === day(now) ? clock(at) : dayMinute(at);

/** A date of a series in epoch s, as plots take it. A date without a zone is in UTC. */
export function epochS(ds: string): number {
  const iso = ds.trim().replace(' ', 'T');
  const hasZone = /T.*(Z|[+-]\d\d:?\d\d)$/i.test(iso);
  const text = /T/.test(iso) && !hasZone ? `${iso}Z` : iso;
  return Date.parse(text) / 1000;
}
