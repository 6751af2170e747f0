/** What the scripts of the log reply (log-lua.ts). */
import type { LogReply } from './replica.ts';

/** For how long the log takes no more invalidations; undefined: it took this one. Unit: ms. */
export function refusalIn(raw: unknown): number | undefined {
  const [outcome, waitMs] = raw as [string, number];
  return outcome === 'refused' ? waitMs : undefined;
}

/** @param after The caller's seq, if it told one. */
export function parseReply(raw: unknown, after: number | undefined): LogReply {
  type Row = readonly string[];
  const [log, epoch, seq, first, reset, more, rows] = raw as [
    string,
    string,
    string,
    string,
    number,
    number,
    Row,
  ];
  const records = [];
  for (let i = 0; i + 2 < rows.length; i += 3)
    records.push({ seq: Number(rows[i]), id: String(rows[i + 1]), scope: String(rows[i + 2]) });
  const head = { log, epoch: Number(epoch), seq: Number(seq), first: Number(first) };
  return { ...head, reset: reset === 1, more: more === 1, after, records };
}
