import { createHook } from 'node:async_hooks';

/** What this thread asked of the network since `watchNetwork`, seen where Node hands it to libuv. */
export interface NetworkWatch extends Disposable {
  /** Connections begun, plain or TLS. */
  readonly connects: number;
  /** Names that the system was asked for. */
  readonly systemLookups: number;
  /** Questions to name servers. */
  readonly queries: number;
}

export function watchNetwork(): NetworkWatch {
  const counts = { connects: 0, systemLookups: 0, queries: 0 };
  const hook = createHook({
    init(_id, type) {
      if (type === 'TCPCONNECTWRAP' || type === 'PIPECONNECTWRAP') counts.connects += 1;
      if (type === 'GETADDRINFOREQWRAP') counts.systemLookups += 1;
      if (type === 'QUERYWRAP') counts.queries += 1;
    },
  }).enable();
  return Object.assign(counts, {
    [Symbol.dispose]() {
      hook.disable();
    },
  });
}
