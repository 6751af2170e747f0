/** A network between the processes and the queue Redis that does what networks do. */
import { setTimeout as delay } from 'node:timers/promises';
import { createFaultProxy, type FaultProxy } from '@deja/testing';
import { test } from 'vitest';
import { openStage } from './stage.ts';

const FAULTS: readonly (readonly [name: string, seconds: number, (proxy: FaultProxy) => void])[] = [
  ['silent for 10 s', 10, (proxy) => proxy.blackhole()],
  ['silent for 25 s', 25, (proxy) => proxy.blackhole()],
  ['half a second late', 8, (proxy) => proxy.delay(500)],
  ['down to a byte a second', 10, (proxy) => proxy.trickle(1)],
  ['half closed', 3, (proxy) => proxy.halfClose()],
];

test.for(FAULTS)('a network that is %s costs no job and publishes none twice', async (fault) => {
  const [name, seconds, begin] = fault;
  await using owned = new AsyncDisposableStack();
  let proxy: FaultProxy | undefined;
  await using stage = await openStage({
    via: async (url) => {
      proxy = owned.use(await createFaultProxy(url));
      return proxy.url;
    },
  });
  const load = stage.load(4, (id) => ({ id, ms: 300 }));
  await stage.moreEnd(4);

  stage.fault(name);
  if (proxy) begin(proxy);
  await delay(seconds * 1000);
  proxy?.heal();
  stage.fault('healed');
  await stage.moreEnd(4);
  await load.stop();

  await stage.expectPromisesKept({ endsWithinMs: 90_000 });
});
