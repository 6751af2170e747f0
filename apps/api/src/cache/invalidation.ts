/** Invalidation: of one entry, of a tag, of what belongs to a `model_id`, of everything. */
import type { RequestHandler } from 'express';
import type { ApiContext } from '../context.ts';
import { ProblemError } from '../wire/problem.ts';
import { parseKey } from './key.ts';

export function invalidateKeyRoute({ cache }: ApiContext): RequestHandler {
  return async (req, res) => {
    const key = parseKey(String(req.params.key));
    const seq = await cache.invalidateKey(key);
    res.json({ message: `Cache invalidated for ${key}`, scope: `key:${key}`, seq });
  };
}

/** `DELETE /cache` empties it, `DELETE /cache?tag=…` removes a tag. Any other query is refused. */
export function invalidateRoute({ cache }: ApiContext): RequestHandler {
  return async (req, res) => {
    const query = new URL(req.originalUrl, 'http://localhost').searchParams;
    if (!req.originalUrl.includes('?')) {
      const seq = await cache.invalidateAll();
      return void res.json({ message: 'Cache cleared', scope: 'all', seq });
    }
    const [tag, ...others] = query.getAll('tag');
    if (query.size !== 1 || !tag || others.length > 0)
      throw new ProblemError('malformed-request', 'the query takes one member, tag, not empty');
    const seq = await cache.invalidateTag(tag);
    res.json({ message: `Cache invalidated for ${tag}`, scope: `tag:${tag}`, seq });
  };
}

export function invalidateModelIdRoute({ cache }: ApiContext): RequestHandler {
  return async (req, res) => {
    const id = String(req.params.model_id);
    const seq = await cache.invalidateTag(`model_id:${id}`);
    res.json({ message: `Cache invalidated for ${id}`, scope: `tag:model_id:${id}`, seq });
  };
}
