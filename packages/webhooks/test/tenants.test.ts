/** What one tenant has pending, and how slow its receivers are, delays no delivery of another. */
import { createNotifier } from '@deja/cache-core/redis';
import { newJobId, TenantLimitError } from '@deja/jobs';
import { createLogger } from '@deja/runtime';
import { describe, expect, test } from 'vitest';
import { request } from '../../jobs/test/harness.ts';
import { Deliverer } from '../src/deliverer.ts';
import { HostGates } from '../src/index.ts';
import type { TakenRow } from '../src/outbox.ts';
import type { SendOutcome } from '../src/outcome.ts';
import { startRelay } from '../src/relay.ts';
import { dead, keyOf, openOutbox, webhook } from './open-outbox.ts';

const DELIVERED: SendOutcome = { kind: 'delivered', statusCode: 204 };
const MANY = 1500;

function open(limits: Parameters<typeof openOutbox>[0] = {}) {
  const t = openOutbox(limits);
  return {
    ...t,
    [Symbol.asyncDispose]: () => t[Symbol.asyncDispose](),
    /** A delivery of this tenant; its id. */
    async pending(tenant: string | undefined, host = 'acme.example') {
      const job = newJobId(t.shard);
      const question = { job, key: keyOf(), model: 'm', version: 1, lane: 'long' } as const;
      const hook = { ...webhook, url: `https://${host}/hook` };
      const more = { deadlineMs: 60_000, webhook: hook, tenant };
      await t.deliveries.answered({ ...question, ...more }, Buffer.from('{}'));
      return `${job}-completed`;
    },
    takenIds: async (...args: Parameters<typeof t.outbox.take>) =>
      (await t.outbox.take(...args)).rows.map(({ id }) => id),
  };
}

describe('pending deliveries', () => {
  test('of a tenant are a quarter at most, by every way to add one, and others have the rest', async () => {
    await using t = open({ maxDeliveries: 8 });
    const join = (tenant: string) =>
      t.runs.join(request({ webhook, key: keyOf(), tenant }), '{}').then(
        ({ outcome }) => outcome,
        (error) => error,
      );
    const first = await t.pending('acme', 'a.example');
    await t.pending('acme', 'b.example');

    const refused = await join('acme');

    expect(refused).toBeInstanceOf(TenantLimitError);
    expect(refused).toMatchObject({
      ...{ code: 'QUOTA_EXCEEDED', retryMs: 1000 },
      message: '2 deliveries of this tenant are pending: a quarter of MAX_DELIVERIES',
    });
    await expect(t.pending('acme', 'c.example')).rejects.toThrow(TenantLimitError);
    expect(await join('other')).toBe('created');

    await t.makeDue(first);
    const [row] = (await t.outbox.take(1)).rows;
    await t.outbox.settle(row ?? { id: '', version: 0 }, dead); // given up: there is room again
    await t.pending('acme', 'c.example');
    await expect(t.deliveries.redeliver(row?.id ?? '')).rejects.toThrow(TenantLimitError);
  });

  test('are taken in turns of their tenants, however many one has', async () => {
    await using t = open();
    for (let i = 0; i < 6; i += 1) await t.pending('acme');
    const others = [await t.pending('other'), await t.pending('third')];

    const taken = await t.takenIds(3);

    expect(taken).toEqual(expect.arrayContaining(others));
    expect(await t.takenIds(10)).toHaveLength(5);
    expect(await t.takenIds(10)).toEqual([]);
  });

  test('of a tenant that has as many places as are free are left for later', async () => {
    await using t = open();
    for (let i = 0; i < 3; i += 1) await t.pending('acme');
    const places = { free: 2, held: new Map([['acme', 2]]) };

    const without = await t.outbox.take(2, places);
    const other = await t.pending('other');
    const beside = await t.outbox.take(2, places);

    expect(without).toMatchObject({ rows: [], isHeldBack: true });
    expect(beside).toMatchObject({ rows: [{ id: other, tenant: 'other' }], isHeldBack: true });
    expect(await t.takenIds(10, { ...places, free: 10 })).toHaveLength(3);
  });

  test('that were made before there were keys are taken, too', async () => {
    await using t = open();
    const ids = [await t.pending(undefined), await t.pending('acme')];

    expect((await t.takenIds(10)).sort()).toEqual(ids.sort());
  });
});

describe('beside a tenant whose receivers do not answer', () => {
  async function deliverBeside(hostOf: (n: number) => string, most: number) {
    await using t = open();
    await using resources = new AsyncDisposableStack();
    const shutdown = new AbortController();
    const sent: string[] = [];
    let [inHand, mostInHand] = [0, 0];
    const gates = new HostGates({
      ...{ maxPerHost: 8, maxUnproven: 128, maxWaitingPerHost: 256, maxWaiting: 384 },
    });
    const deliverer = new Deliverer({
      ...{ outbox: t.outbox, gates, scheduleS: [0, 60], log: createLogger('test', 'silent') },
      sender: {
        async send({ tenant, url, signal }) {
          sent.push(url);
          if (tenant === 'other') return DELIVERED;
          await new Promise((resolve) => signal?.addEventListener('abort', resolve));
          return { kind: 'failed', reason: 'aborted' };
        },
      },
      payload: { retainMs: 1000, publicUrl: '' },
      ...{ stopping: shutdown.signal, shutdown: shutdown.signal },
    });
    await Promise.all(Array.from({ length: MANY }, (_, n) => t.pending('acme', hostOf(n))));
    const subscriber = resources.adopt(t.redis.duplicate(), (client) => client.disconnect());
    const notifier = resources.use(createNotifier(subscriber, t.shard.workersChannel));
    resources.use(
      startRelay({
        ...{ outbox: t.outbox, notifier, concurrency: 512, log: createLogger('test', 'silent') },
        deliver: (row) => {
          const { tenant } = row as TakenRow;
          if (tenant === 'acme') inHand += 1;
          mostInHand = Math.max(mostInHand, inHand);
          return deliverer.deliver(row).finally(() => {
            if (tenant === 'acme') inHand -= 1;
          });
        },
      }),
    );
    resources.defer(() => shutdown.abort());
    const attempts = () => sent.filter((url) => url.includes('acme')).length;
    await expect.poll(attempts, { timeout: 5000 }).toBe(most);

    for (const host of ['other.example', 'more.example']) {
      const id = await t.pending('other', host);
      await expect.poll(() => t.field(id, 'state'), { timeout: 2000 }).toBe('delivered');
    }
    expect(attempts()).toBe(most);
    return mostInHand;
  }

  test('a tenant has at most as many places as are free: it leaves some for the others', async () => {
    const toNewHosts = 64; // half of the attempts to hosts that have not answered yet
    const mostInHand = await deliverBeside((n) => `acme-${n}.example`, toNewHosts);

    expect(mostInHand).toBeLessThanOrEqual(256);
  });

  test('one host has one attempt, and another’s go out at once', async () => {
    await deliverBeside(() => 'acme.example', 1);
  });
});
