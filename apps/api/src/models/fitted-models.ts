/** `GET /forecast/models/{model_id}`: the fitted models of a series that a forecast could use now. */
import { artefactGroupFor } from '@deja/cache-core';
import type { ListedArtefact } from '@deja/cache-core/redis';
import { isRedisAway } from '@deja/redis';
import { iso } from '@deja/wire';
import type { RequestHandler } from 'express';
import type { ApiContext } from '../context.ts';
import { principalOf, refuseOtherModels } from '../http/principal.ts';
import { ProblemError } from '../wire/problem.ts';

export function fittedModelsRoute({ artefacts, cache }: ApiContext): RequestHandler {
  /** The list can name models that were invalidated or evicted since; these are left out. */
  const viewOf = async (
    { key, facts, uses, lastUsedAt }: ListedArtefact,
    tenant: string | undefined,
  ) => {
    const found = await cache.find(key, tenant);
    if (!found) return [];
    const { header, body } = found.entry;
    return [
      {
        key,
        ...facts,
        tier: found.tier,
        bytes: body.byteLength,
        kept_until: iso(header.freshUntil),
        uses,
        ...(lastUsedAt !== undefined && { last_used_at: iso(lastUsedAt) }),
      },
    ];
  };
  return async (req, res) => {
    refuseOtherModels(req, 'forecast');
    const { tenant } = principalOf(req);
    const id = String(req.params.model_id);
    const listed = await artefacts
      .list(artefactGroupFor('forecast', `model_id:${id}`, tenant))
      .catch((error: unknown) => {
        if (!isRedisAway(error)) throw error;
        throw new ProblemError('list-unavailable', 'the cache Redis does not answer');
      });
    const models = (await Promise.all(listed.map((each) => viewOf(each, tenant)))).flat();
    res.json({ model_id: id, models });
  };
}
