/**
 * The one pub/sub subscription of a process: what happens on its shard, announced by the scripts.
 *
 * It makes things fast, never correct. A message may be lost, late or repeated, so whoever listens
 * reads the state after subscribing, and again from time to time.
 */
import type { Redis } from 'ioredis';

type BellListener = (message: string) => void;

export interface Bell extends AsyncDisposable {
  /** Calls `listener` for every message until the returned function is called. */
  listen(listener: BellListener): () => void;
  /** Calls `listener` whenever the subscription is (again) in place: what was missed must be read. */
  onSubscribed(listener: () => void): () => void;
}

/** Takes the connection over: a subscriber can do nothing else. */
export function createBell(subscriber: Redis, channel: string): Bell {
  const listeners = new Set<BellListener>();
  const readers = new Set<() => void>();
  const add = <T>(set: Set<T>, item: T) => {
    set.add(item);
    return () => void set.delete(item);
  };
  subscriber.on('message', (_channel: string, message: string) => {
    for (const listener of [...listeners]) listener(message);
  });
  const subscribe = () => {
    subscriber.subscribe(channel).then(
      () => {
        for (const read of [...readers]) read();
      },
      () => {}, // the connection went away again; `ready` comes back
    );
  };
  subscriber.on('ready', subscribe);
  if (subscriber.status === 'ready') subscribe();
  return {
    listen: (listener) => add(listeners, listener),
    onSubscribed: (listener) => add(readers, listener),
    async [Symbol.asyncDispose]() {
      subscriber.disconnect();
    },
  };
}
