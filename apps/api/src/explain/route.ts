/** `POST /explain`: whether the cache would answer a question, and why not. Computes nothing. */
import { artefactGroupFor, artefactKeyFor, type Explanation, ttlSecondsOf } from '@deja/cache-core';
import type { EarlierQuestion, MissExplanation } from '@deja/jobs';
import {
  InputError,
  issuesOf,
  type Model,
  type PreparedInput,
  type SeriesDifference,
} from '@deja/models';
import { iso } from '@deja/wire';
import type { RequestHandler } from 'express';
import type { ApiContext } from '../context.ts';
import { requestDeadline, withDeadline } from '../http/deadline.ts';
import type { Body } from '../http/held-body.ts';
import { principalOf, refuseOtherModels } from '../http/principal.ts';
import { yieldAfter } from '../predictions/pace.ts';
import { keyFor, ownIdentityOf } from '../predictions/question.ts';
import { askedOf, partsOf } from './asked.ts';
import { type AskedNow, differencesOf, hasOtherSeries, nearestOf } from './differences.ts';
import { question } from './schema.ts';
import { duration, missSentence } from './sentence.ts';

export function explainRoute(context: ApiContext): RequestHandler {
  const { models, cache } = context;
  return async (req, res) => {
    const body: Body = req.body;
    const parsed = question.safeParse(body.takeJson());
    if (!parsed.success) throw new InputError(issuesOf(parsed.error));
    const model = models.get(parsed.data.model);
    if (!model) throw new InputError([{ path: '/model', message: 'there is no such model' }]);
    refuseOtherModels(req, model.name);
    const startedAt = performance.now();
    const prepared = model.prepare(parsed.data.input);
    await yieldAfter(startedAt);
    const { tenant } = principalOf(req);
    const key = keyFor(model, prepared, tenant);
    const tiers = model.cache ? await cache.explain(key, tenant) : [];
    const answer =
      answerIn(tiers, model) ?? (await missOf({ model, prepared, key, tiers, tenant }, context));
    res.json({ cache_key: key, ...answer });
  };
}

/** The answer that the question would get from the cache. */
function answerIn(tiers: readonly Explanation[], { cache }: Model) {
  const now = Date.now();
  for (const held of tiers) {
    if (held.state !== 'fresh') continue;
    const left = duration(ttlSecondsOf(held.entry.header, now) * 1000);
    const sentence = `The answer is in the tier ${held.tier} and fresh for another ${left}.`;
    return { outcome: 'hit', tier: held.tier, sentence } as const;
  }
  const staleMs = cache ? cache.staleMs : 0;
  for (const held of tiers) {
    if (held.state !== 'stale' || now - held.entry.header.freshUntil > staleMs) continue;
    const sentence = `The answer in the tier ${held.tier} is stale; it is served at once and computed again in the background.`;
    return { outcome: 'stale', tier: held.tier, sentence } as const;
  }
  return undefined;
}

interface Missed {
  readonly model: Model;
  readonly prepared: PreparedInput;
  readonly key: string;
  readonly tiers: readonly Explanation[];
  readonly tenant: string | undefined;
}

async function missOf({ model, prepared, key, tiers, tenant }: Missed, context: ApiContext) {
  const { config } = context;
  if (!model.cache) {
    const sentence = 'Answers of this model are never stored.';
    return { outcome: 'miss', reason: 'never_seen', sentence } as const;
  }
  const seen = tiers.some(({ state }) => state === 'stale')
    ? 'expired'
    : tiers.some(({ state }) => state === 'fenced')
      ? 'invalidated'
      : undefined;
  const freshMs = model.cache.freshMs ?? config.cacheTtlMs;
  const now = { model, ...partsOf(model, prepared) };
  const options = {
    key,
    freshMs,
    jitter: config.cacheTtlJitter,
    seen,
    tenant,
    kept: now.kept,
  } as const;
  const asked = askedOf(model, prepared, options);
  const told = await withDeadline(
    requestDeadline(),
    context.asked.explain({ key, model: model.name, asked, tenant }),
  );
  const nearest = nearestIn(told, now);
  const isSame = nearest?.key === key;
  const series =
    nearest && !isSame && hasOtherSeries(now, nearest)
      ? await seriesDifference({ model, prepared, tenant }, context)
      : undefined;
  const differs = nearest && !isSame ? differencesOf(now, nearest, series) : [];
  const { reason, isOpen } = told;
  const facts = { reason, nearest, differs, series, isSame, now: Date.now() };
  return {
    outcome: 'miss',
    reason,
    sentence: `${missSentence(facts)}${isOpen ? ' It is being computed now.' : ''}`,
    ...(nearest && {
      nearest: { cache_key: nearest.key, asked_at: iso(nearest.askedAt), differs },
    }),
  } as const;
}

/** Of a model without series, the latest question that was asked may not be the one most like this. */
function nearestIn({ reason, against, recent }: MissExplanation, now: AskedNow) {
  if (reason !== 'input_changed' || !against) return against;
  const groupOf = ({ digests }: EarlierQuestion) => digests.slice(digests.lastIndexOf(' '));
  const alike = recent.filter(
    (other) => other.identity === against.identity && groupOf(other) === groupOf(against),
  );
  return nearestOf(now, [...alike, against]);
}

/** Against the series of an artefact that is still kept: the model's own choice, or else the latest one. */
async function seriesDifference(
  { model, prepared, tenant }: Pick<Missed, 'model' | 'prepared' | 'tenant'>,
  { artefacts, cache }: ApiContext,
): Promise<SeriesDifference | undefined> {
  const { input, tags } = prepared;
  const identity = ownIdentityOf(model, prepared, tenant);
  const bodyOf = async (key: string) => (await cache.find(key, tenant))?.entry.body;
  return await model.seriesDifference?.(input, {
    read: (name) => bodyOf(artefactKeyFor({ ...identity, name })),
    async latest() {
      const id = tags.find((tag) => tag.startsWith('model_id:'));
      const listed = await artefacts
        .list(artefactGroupFor(model.name, String(id), tenant))
        .catch(() => []);
      for (const { key } of listed) {
        const body = await bodyOf(key);
        if (body) return body;
      }
      return undefined;
    },
  });
}
