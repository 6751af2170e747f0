/** Invalidation: of one entry, of a tag, of what belongs to a `model_id`, of everything. */
import { invalidatorOf } from '@deja/keys';
import type { RequestHandler } from 'express';
import { askedBy } from '../audit/audit.ts';
import type { ApiContext } from '../context.ts';
import { principalOf } from '../http/principal.ts';
import { ProblemError } from '../wire/problem.ts';
import { parseKey } from './key.ts';

/** As in a forecast. Each record of the log, and each replica of it, holds the whole name. */
const MAX_NAME_CHARS = 200;
const MODEL_ID = 'model_id:';

export function invalidateKeyRoute({ cache, audit }: ApiContext): RequestHandler {
  return async (req, res) => {
    const key = parseKey(String(req.params.key));
    const scope = `key:${key}`;
    const seq = await cache.invalidateKey(key, invalidatorOf(principalOf(req)));
    audit.record(askedBy(req), 'cache.invalidated', scope);
    res.json({ message: `Cache invalidated for ${key}`, scope, seq });
  };
}

/** `DELETE /cache` empties it, `DELETE /cache?tag=…` removes a tag. Any other query is refused. */
export function invalidateRoute({ cache, audit }: ApiContext): RequestHandler {
  return async (req, res) => {
    const { pathname, searchParams: query } = new URL(req.originalUrl, 'http://localhost');
    if (pathname.endsWith('/'))
      throw new ProblemError('malformed-request', 'a cache key is missing at the end of the path');
    if (!req.originalUrl.includes('?')) {
      const seq = await cache.invalidateAll(invalidatorOf(principalOf(req)));
      audit.record(askedBy(req), 'cache.invalidated', 'all');
      return void res.json({ message: 'Cache cleared', scope: 'all', seq });
    }
    const [tag, ...others] = query.getAll('tag');
    if (query.size !== 1 || !tag || others.length > 0)
      throw new ProblemError('malformed-request', 'the query takes one member, tag, not empty');
    checkName(tag.startsWith(MODEL_ID) ? tag.slice(MODEL_ID.length) : tag);
    const seq = await cache.invalidateTag(tag, invalidatorOf(principalOf(req)));
    audit.record(askedBy(req), 'cache.invalidated', `tag:${tag}`);
    res.json({ message: `Cache invalidated for ${tag}`, scope: `tag:${tag}`, seq });
  };
}

export function invalidateModelIdRoute({ cache, audit }: ApiContext): RequestHandler {
  return async (req, res) => {
    const id = String(req.params.model_id);
    checkName(id);
    const scope = `tag:${MODEL_ID}${id}`;
    const seq = await cache.invalidateTag(MODEL_ID + id, invalidatorOf(principalOf(req)));
    audit.record(askedBy(req), 'cache.invalidated', scope);
    res.json({ message: `Cache invalidated for ${id}`, scope, seq });
  };
}

function checkName(name: string): void {
  if (name.length <= MAX_NAME_CHARS) return;
  const detail = `a tag or model_id has at most ${MAX_NAME_CHARS} characters, this one ${name.length}`;
  throw new ProblemError('malformed-request', detail);
}
