/** Connections that break in the middle of a reply: done, or not done, nobody can tell. */
import { createFaultProxy, type FaultProxy } from '@deja/testing';
import { test } from 'vitest';
import { openStage } from './stage.ts';

test('replies that are cut anywhere, and resets: every job ends, none is published twice', async () => {
  await using owned = new AsyncDisposableStack();
  let proxy: FaultProxy | undefined;
  await using stage = await openStage({
    via: async (url) => {
      proxy = owned.use(await createFaultProxy(url));
      return proxy.url;
    },
  });
  const load = stage.load(4, (id) => ({ id, ms: 20 }));

  for (let round = 0; round < 20; round += 1) {
    if (stage.random.next() < 0.3) proxy?.reset();
    else proxy?.dropAfterBytes(stage.random.between(0, 3000));
    await stage.moreEnd(1);
  }
  await load.stop();

  await stage.expectPromisesKept();
});
