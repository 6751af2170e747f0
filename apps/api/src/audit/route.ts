/** `GET /admin/audit`. */
import type { RequestHandler } from 'express';
import type { ApiContext } from '../context.ts';
import { queryOf } from '../http/query.ts';
import { auditQuery } from './schema.ts';

export function auditRoute({ auditStream }: ApiContext): RequestHandler {
  return async (req, res) => {
    const { entries, isLast } = await auditStream.read(queryOf(req, auditQuery));
    res.json({ entries, next_cursor: isLast ? undefined : entries.at(-1)?.id });
  };
}
