/** Whose run goes next, while tenants share the workers: the scripts beside a model of them. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LANES, newJobId, newRunId } from '../src/index.ts';
import { openStore, request, SHARD } from './harness.ts';
import { TurnsModel } from './turns-model.ts';

const USUAL_MS = { quick: 0, middling: 70, slow: 400 } as const;
const WEIGHTS = { a: 1, b: 3, c: 0.7, d: 1 } as const;
type Model = keyof typeof USUAL_MS;
type Tenant = keyof typeof WEIGHTS;

/** A shard whose workers hold so many runs, beside the model of it. */
async function setUp(holds: number) {
  const store = openStore();
  const { runs, jobs, redis, shard } = store;
  const held = Object.fromEntries(LANES.map((lane) => [lane, holds]));
  await store.workers.announce('w', { slots: holds, models: [], about: undefined, holds: held });
  for (const [model, ms] of Object.entries(USUAL_MS))
    await redis.hset(`${shard.prefix}times`, `usual|${model}`, ms);
  const model = new TurnsModel(holds, WEIGHTS);
  const known = new Map<string, { key: string; jobs: Map<Tenant, string> }>();
  let opened = 0;
  const ask = async (tenant: Tenant, key: string, run: string, of: Model) => {
    const more = { key, run, model: of, tenant, weight: WEIGHTS[tenant], job: newJobId(SHARD) };
    const reply = await runs.join(request(more), '{}');
    if (reply.outcome === 'done') throw new Error('no run');
    return reply;
  };
  return {
    ...{ store, model, known },
    async open(tenant: Tenant, of: Model = 'middling') {
      const [key, run] = [(opened++).toString(16).padStart(64, '0'), newRunId()];
      const reply = await ask(tenant, key, run, of);
      known.set(run, { key, jobs: new Map([[tenant, reply.job]]) });
      return { run, hand: reply.hand.map((it) => it.run) };
    },
    async join(run: string, tenant: Tenant) {
      const it = known.get(run);
      if (!it) throw new Error('no run');
      const reply = await ask(tenant, it.key, newRunId(), 'middling');
      expect(reply).toMatchObject({ outcome: 'joined', run });
      it.jobs.set(tenant, reply.job);
      return reply;
    },
    async end(run: string) {
      await runs.start(run, `aid-${run}`);
      const reply = await runs.finalise(run, `aid-${run}`, 'failed', '{}');
      return reply.outcome === 'ok' ? reply.hand.map((it) => it.run) : expect.fail(reply.outcome);
    },
    async cancel(run: string, tenant: Tenant) {
      await jobs.cancel(known.get(run)?.jobs.get(tenant) ?? '');
      known.get(run)?.jobs.delete(tenant);
    },
    /** Without those that are added again because nobody says that they were (R31). */
    async recheck() {
      const found = (await runs.pending()).map((it) => it.run);
      return found.filter((run) => !model.handed.has(run));
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

const tenants = fc.constantFrom<Tenant>('a', 'b', 'c', 'd');
const models = fc.constantFrom<Model>('quick', 'middling', 'slow');
const steps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant('open'), tenant: tenants, of: models }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('end'), at: fc.nat() }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('join'), at: fc.nat(), tenant: tenants }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel'), at: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('recheck') }) },
  ),
  { minLength: 10, maxLength: 50 },
);
interface Step {
  readonly do: string;
  readonly at?: number;
  readonly tenant?: Tenant;
  readonly of?: Model;
}
const pick = <T>(from: readonly T[], at: number): T | undefined => from[at % (from.length || 1)];

test('whatever tenants do, the next run is the one that the model says (R33)', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 3 }), steps, async (holds, todo) => {
      await using t = await setUp(holds);
      for (const step of todo as readonly Step[]) {
        const open = [...t.known.keys()].sort();
        const run = pick(step.do === 'end' ? [...t.model.handed] : open, step.at ?? 0);
        if (step.do === 'open' && step.tenant && step.of) {
          const { run: opened, hand } = await t.open(step.tenant, step.of);
          expect(hand).toEqual(t.model.open(opened, step.tenant, USUAL_MS[step.of]));
        } else if (step.do === 'recheck') {
          const found = await t.recheck();
          expect(found).toEqual(t.model.next(100));
        } else if (run === undefined) {
        } else if (step.do === 'end') {
          const hand = await t.end(run);
          expect(hand).toEqual(t.model.end(run));
          t.known.delete(run);
        } else if (step.do === 'join' && step.tenant) {
          if (t.known.get(run)?.jobs.has(step.tenant)) continue;
          const { hand, wait } = await t.join(run, step.tenant);
          t.model.join(run, step.tenant);
          expect(hand.map((it) => it.run)).toEqual(t.model.handed.has(run) ? [run] : []);
          expect(wait.place).toBe(t.model.placeOf(run, step.tenant));
        } else if (step.do === 'cancel') {
          const tenant = pick([...(t.known.get(run)?.jobs.keys() ?? [])], 0);
          if (tenant === undefined) continue;
          await t.cancel(run, tenant);
          t.model.leave(run, tenant);
          if (t.known.get(run)?.jobs.size === 0) t.known.delete(run);
        }
      }
      // Nobody is forgotten: whatever waits comes, one after the other.
      for (let left = t.model.waiting().length; left > 0; left = t.model.waiting().length) {
        const [run = ''] = [...t.model.handed];
        if (run !== '') expect(await t.end(run)).toEqual(t.model.end(run));
        else expect(await t.recheck()).toEqual(t.model.next(100));
      }
    }),
    { numRuns: 30 },
  );
});

/** Opens runs and ends the oldest that BullMQ has, again and again; who got one, in order. */
function mill(t: Awaited<ReturnType<typeof setUp>>) {
  const owners = new Map<string, Tenant>();
  const handed: string[] = [];
  let ended = 0;
  return {
    async open(tenant: Tenant, count = 1, of: Model = 'middling') {
      for (let n = 0; n < count; n += 1) {
        const { run, hand } = await t.open(tenant, of);
        owners.set(run, tenant);
        handed.push(...hand);
      }
    },
    async end(count = 1) {
      for (let n = 0; n < count; n += 1) handed.push(...(await t.end(handed[ended++] ?? '')));
    },
    /** Of the runs that were handed over, from this one on. */
    owners: (from = 0) => handed.slice(from).map((run) => owners.get(run)),
    shareOf: (tenant: Tenant, from: number) => {
      const got = handed.slice(from).map((run) => owners.get(run));
      return got.filter((owner) => owner === tenant).length / got.length;
    },
  };
}

test('tenants that always have work get it in the ratio of their weights', async () => {
  await using t = await setUp(2);
  const m = mill(t);
  await m.open('a', 60);
  await m.open('b', 90);

  await m.end(80);

  expect(m.shareOf('b', 2)).toBeGreaterThan(0.75 * 0.9);
  expect(m.shareOf('b', 2)).toBeLessThan(0.75 * 1.1);
});

test('a run that usually takes longer counts for more', async () => {
  await using t = await setUp(1);
  const m = mill(t);
  await m.open('a', 60);
  await m.open('d', 60, 'slow');

  await m.end(60);

  const share = m.shareOf('d', 1); // 70 ms beside 400 ms
  expect(share / (1 - share)).toBeGreaterThan((70 / 400) * 0.8);
  expect(share / (1 - share)).toBeLessThan((70 / 400) * 1.2);
});

test('runs that take no time are not free', async () => {
  await using t = await setUp(1);
  const m = mill(t);
  await m.open('d', 1, 'quick');
  await m.open('a', 10, 'quick');
  await m.open('d', 10, 'quick');

  await m.end(8);

  expect(m.shareOf('a', 1)).toBe(0.5);
});

test('who comes while another tenant floods goes next, and has nothing saved up', async () => {
  await using t = await setUp(1);
  const m = mill(t);
  await m.open('a', 60);
  await m.end(20);

  await m.open('d', 20);
  await m.end(10);

  expect(m.owners(21).slice(0, 4)).toEqual(['d', 'a', 'd', 'a']);
  expect(m.shareOf('d', 21)).toBe(0.5);
});

test('who asks for one run at a time gets no more than who asks for many at once', async () => {
  await using t = await setUp(1);
  const m = mill(t);
  await m.open('a', 60);

  for (let n = 0; n < 30; n += 1) {
    if (m.owners().at(-1) === 'd' || n === 0) await m.open('d');
    await m.end();
  }

  expect(m.shareOf('d', 1)).toBeLessThanOrEqual(0.55);
});

test('where tenants share the workers, BullMQ has a quarter more than these hold at once', async () => {
  await using t = await setUp(4);
  const m = mill(t);

  await m.open('a', 9);

  expect(m.owners()).toEqual(['a', 'a', 'a', 'a', 'a']);
});

test('a run of nobody goes first, and to the tenant that joins it', async () => {
  await using t = await setUp(1);
  const { runs } = t.store;
  const m = mill(t);
  await m.open('a', 3);
  const key = 'f'.repeat(64);
  const nobodys = await runs.join(request({ key }), '{}'); // BullMQ has room for two of nobody's
  const waits = await runs.join(request({ key: 'e'.repeat(64) }), '{}');
  if (nobodys.outcome === 'done' || waits.outcome === 'done') throw new Error('no run');
  expect(nobodys.hand.map(({ run }) => run)).toEqual([nobodys.run]);
  expect(waits.hand).toEqual([]);

  await runs.join(request({ key: 'e'.repeat(64), tenant: 'd', job: newJobId(SHARD) }), '{}');

  const list = `${t.store.shard.prefix}waiting:long`;
  expect(await t.store.redis.zrange(`${list}:d`, '0', '-1')).toEqual([waits.run]);
  expect(await t.store.redis.exists(list)).toBe(0);
});

test('a run moves to a faster lane within the list of its tenant', async () => {
  await using t = await setUp(1);
  await t.store.runs.join(request({ key: 'f'.repeat(64), tenant: 'a', lane: 'short' }), '{}');
  await t.open('a');
  await t.open('a');
  const { run } = await t.open('d');
  const { key } = t.known.get(run) ?? expect.fail();

  const faster = request({ key, tenant: 'a', lane: 'short', job: newJobId(SHARD) });
  const reply = await t.store.runs.join(faster, '{}');

  expect(reply).toMatchObject({ outcome: 'joined', lane: 'short', hand: [] });
  const list = `${t.store.shard.prefix}waiting`;
  expect(await t.store.redis.exists(`${list}:long:d`)).toBe(0);
  expect(await t.store.redis.zrange(`${list}:short:d`, '0', '-1')).toEqual([run]);
});

test('the reconciler leaves alone what waits, and adds again what was handed over, under its first time', async () => {
  await using t = await setUp(1);
  const first = await t.open('a');
  const { run } = await t.open('a');
  const waits = await t.open('d');
  await t.store.runs.start(first.run, 'attempt');
  const ended = await t.store.runs.finalise(first.run, 'attempt', 'failed', '{}');
  const [handed] = ended.outcome === 'ok' ? ended.hand : [];
  for (const due of [run, waits.run])
    await t.store.redis.zadd(`${t.store.shard.prefix}recheck`, '0', due);

  const found = await t.store.runs.pending();

  expect(handed).toMatchObject({ run, handedAt: expect.any(Number) });
  expect(found).toEqual([handed]);
});

test('a waiting run whose record is lost keeps nobody waiting', async () => {
  await using t = await setUp(1);
  const first = await t.open('a');
  const lost = await t.open('d');
  const { run } = await t.open('d');
  await t.store.redis.del(`${t.store.shard.prefix}r:${lost.run}`);

  const handed = [...(await t.end(first.run)), ...(await t.recheck())];

  expect(handed).toEqual([run]);
});
