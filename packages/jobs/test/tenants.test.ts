/** Runs whose jobs are of several tenants (docs/protocol.md#tenants, R34). */
import { randomUUID } from 'node:crypto';
import { createLogClient, createNotifier } from '@deja/cache-core/redis';
import { Redis } from 'ioredis';
import { expect, inject, test } from 'vitest';
import { type Attempt, newRunId } from '../src/index.ts';
import { begin, KEY, openStore, request } from './harness.ts';

const SCOPES = ['*', `k:${KEY}`, 't:model:sleep'];

async function setUp() {
  const store = openStore();
  const { prefix } = store.shard;
  const redis = new Redis(inject('redisUrl'));
  const notifier = createNotifier(new Redis(inject('redisUrl')), `${prefix}notify-${randomUUID()}`);
  const log = createLogClient({ redis, notifier, prefix, serveUnverifiedMs: 0 });
  return {
    ...store,
    invalidate: (scope: string, tenant?: string) => log.invalidate(scope, tenant),
    async [Symbol.asyncDispose]() {
      await log[Symbol.asyncDispose]();
      await notifier[Symbol.asyncDispose]();
      redis.disconnect();
      await store[Symbol.asyncDispose]();
    },
  };
}

const of = (tenant: string) => request({ tenant });
const finish = ({ runs }: Awaited<ReturnType<typeof setUp>>, { run, attemptId }: Attempt) =>
  runs.finalise(run, attemptId, 'succeeded', '{"n":1}');

test('after its invalidation a tenant does not join a run that began before it; another does (R34)', async () => {
  for (const scope of SCOPES) {
    await using t = await setUp();
    const { attempt } = await begin(t.runs, { tenant: 'a' });

    await t.invalidate(scope, 'a');

    expect(await t.runs.join(of('b'), '{}')).toMatchObject({ run: attempt.run });
    const anew = await t.runs.join(of('a'), '{}');
    expect([scope, anew.outcome]).toEqual([scope, 'created']);
    expect(await t.runs.join(of('b'), '{}')).toMatchObject({ run: anew.run });
  }
});

test('a run that has not begun is joined by all', async () => {
  await using t = await setUp();
  const { run } = await t.runs.join(of('b'), '{}');

  await t.invalidate('*', 'a');

  expect(await t.runs.join(of('a'), '{}')).toMatchObject({ outcome: 'joined', run });
});

test("a success from before a tenant's invalidation answers others, and not the tenant (R34)", async () => {
  for (const scope of SCOPES) {
    await using t = await setUp();
    const { attempt } = await begin(t.runs, { tenant: 'b' });
    await t.invalidate(scope, 'a');

    expect(await finish(t, attempt)).toMatchObject({ outcome: 'ok', fenced: false });

    expect(await t.runs.join(of('b'), '{}')).toMatchObject({ outcome: 'done' });
    expect([scope, (await t.runs.join(of('a'), '{}')).outcome]).toEqual([scope, 'created']);
  }
});

test('what is invalidated for everybody is stored for nobody', async () => {
  await using t = await setUp();
  const { attempt } = await begin(t.runs, { tenant: 'a' });

  await t.invalidate('t:model:sleep');

  expect(await finish(t, attempt)).toMatchObject({ outcome: 'ok', fenced: true });
  expect(await t.runs.join(of('b'), '{}')).toMatchObject({ outcome: 'created' });
});

test('an artefact that its tenant has invalidated is not used, and no run made of it joined (R28, R34)', async () => {
  await using t = await setUp();
  const source = 'b'.repeat(64);
  const { attempt: earlier } = await begin(t.runs, { key: 'c'.repeat(64), tenant: 'a' });
  const { log, token, runSeq } = earlier;
  const times = { createdAt: 1, freshUntil: 2, staleUntil: 3, computeMs: 1 };
  const identity = { key: source, model: 'sleep', tenant: 'a', tags: ['of:a'], digest: '' };
  const left = { ...identity, ...times, log, token, runSeq };
  const { attempt } = await begin(t.runs, { tenant: 'a' });
  expect(await t.runs.inheritScopes(attempt.run, attempt.attemptId, left)).toBe(true);

  await t.invalidate('t:of:a', 'a');

  expect(await t.runs.join(of('a'), '{}')).toMatchObject({ outcome: 'created' });
  const { attempt: later } = await begin(t.runs, { key: 'd'.repeat(64), tenant: 'a' });
  expect(await t.runs.inheritScopes(later.run, later.attemptId, left)).toBe(false);
  const { attempt: others } = await begin(t.runs, { key: 'e'.repeat(64), tenant: 'b' });
  expect(await t.runs.inheritScopes(others.run, others.attemptId, left)).toBe(true);
});

test("an artefact under a number that the log has not reached is not used, whatever its record's id", async () => {
  await using t = await setUp();
  await t.invalidate('t:x', 'a'); // its id is that of the records to come
  const { attempt } = await begin(t.runs, { tenant: 'b' });
  const { log, token, runSeq } = attempt;
  const times = { createdAt: 1, freshUntil: 2, staleUntil: 3, computeMs: 1 };
  const ahead = { ...token, seq: token.seq + 1 };
  const identity = { key: 'b'.repeat(64), model: 'sleep', tenant: 'b', tags: [], digest: '' };
  const left = { ...identity, ...times, log, token: ahead, runSeq };

  expect(await t.runs.inheritScopes(attempt.run, attempt.attemptId, left)).toBe(false);
});

test('the attempt knows whose run it is; without keys it is nobody’s', async () => {
  await using t = await setUp();
  const { attempt } = await begin(t.runs, { tenant: 'a' });
  const { attempt: other } = await begin(t.runs, { key: 'c'.repeat(64), run: newRunId() });

  expect([attempt.tenant, other.tenant]).toEqual(['a', undefined]);
});

test("a miss after a tenant's own invalidation says so to that tenant alone", async () => {
  await using t = await setUp();
  const asked = {
    ...{ tenant: 'default', identity: '[1,null]', digests: 'i:x g:x', parts: '{}' },
    ...{ freshMs: 60_000, share: 1 },
  };
  const { attempt } = await begin(t.runs, { tenant: 'a', asked });
  await finish(t, attempt);
  await t.invalidate('*', 'a');
  const reasonFor = async (tenant: string) => {
    const reply = await t.runs.join(request({ tenant, asked, nocache: true }), '{}');
    return reply.outcome === 'done' ? undefined : reply.missReason;
  };

  expect(await reasonFor('b')).toBe('evicted');
  expect(await reasonFor('a')).toBe('invalidated');
});
