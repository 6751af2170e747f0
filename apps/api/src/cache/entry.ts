/** `GET /cache/{key}`. */
import {
  ageSecondsOf,
  DEFAULT_TENANT,
  type EntryHeader,
  type Explanation,
  ttlSecondsOf,
} from '@deja/cache-core';
import type { Principal } from '@deja/keys';
import { iso } from '@deja/wire';
import type { RequestHandler } from 'express';
import type { ApiContext } from '../context.ts';
import { isOwn, principalOf } from '../http/principal.ts';
import { ProblemError } from '../wire/problem.ts';
import { parseKey } from './key.ts';

/** The header of the entry that would be served for a key, and what each tier holds of it. */
export function entryRoute({ cache }: ApiContext): RequestHandler {
  return async (req, res) => {
    const key = parseKey(String(req.params.key));
    const principal = principalOf(req);
    const tiers = (await cache.explain(key, principal.tenant)).filter(
      (held) => !('entry' in held) || mayRead(principal, held.entry.header),
    );
    const found = tiers.find((held) => held.state === 'fresh') ?? tiers.find(isStale);
    if (!found || !('entry' in found)) {
      const held = tiers.filter(({ state }) => state === 'fenced').map(({ tier }) => tier);
      const why =
        held.length > 0
          ? `invalidated, still lying in ${held.join(', ')}`
          : 'never stored, expired or evicted';
      throw new ProblemError('entry-unknown', `no entry under ${key}: ${why}`);
    }
    const { header, body } = found.entry;
    const now = Date.now();
    res.json({
      key,
      model: header.model,
      tags: header.tags,
      tier: found.tier,
      state: found.state,
      bytes: body.byteLength,
      created_at: iso(header.createdAt),
      fresh_until: iso(header.freshUntil),
      stale_until: iso(header.staleUntil),
      age: ageSecondsOf(header, now),
      ttl: ttlSecondsOf(header, now),
      compute_ms: header.computeMs,
      token: header.token,
      computation: header.runSeq,
      tiers: Object.fromEntries(tiers.map(({ tier, state }) => [tier, state])),
    });
  };
}

/** An answer of a shared model is everybody's. */
const mayRead = (principal: Principal, { tenant }: EntryHeader): boolean =>
  tenant === DEFAULT_TENANT || isOwn(principal, { tenant });

const isStale = ({ state }: Explanation): boolean => state === 'stale';
