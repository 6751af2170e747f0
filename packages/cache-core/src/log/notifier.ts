/**
 * The one pub/sub subscription of a process: what happens on its shard, announced by the scripts.
 *
 * It makes things fast, never correct. A message may be lost, late or repeated, so whoever listens
 * reads the state after subscribing, and again from time to time.
 */
import type { Redis } from 'ioredis';

type Listener = (message: string) => void;

export interface Notifier extends AsyncDisposable {
  /** Calls `listener` for every message until the returned function is called. */
  listen(listener: Listener): () => void;
  /** Calls `listener` whenever the subscription is (again) in place: what was missed must be read. */
  onSubscribed(listener: () => void): () => void;
  /**
   * Hears this channel, too, until the returned function is called. Calls `onHeard` when it is heard:
   * what was missed must be read.
   */
  listenTo(channel: string, onHeard: () => void): () => void;
}

/** Takes the connection over: a subscriber can do nothing else. */
export function createNotifier(subscriber: Redis, ...channels: readonly string[]): Notifier {
  const listeners = new Set<Listener>();
  const readers = new Set<() => void>();
  /** Channels that are heard for a while, by how many, and when they are heard. */
  const heard = new Map<string, { ears: number; readonly subscribed: Promise<unknown> }>();
  const add = <T>(set: Set<T>, item: T) => {
    set.add(item);
    return () => void set.delete(item);
  };
  subscriber.on('message', (_channel: string, message: string) => {
    for (const listener of [...listeners]) listener(message);
  });
  const subscribe = () => {
    subscriber.subscribe(...channels, ...heard.keys()).then(
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
    listenTo(channel, onHeard) {
      let known = heard.get(channel);
      known ??= { ears: 0, subscribed: subscriber.subscribe(channel) };
      known.ears += 1;
      heard.set(channel, known);
      known.subscribed.then(onHeard, () => {}); // `ready` comes back
      return () => {
        known.ears -= 1;
        if (known.ears > 0 || heard.get(channel) !== known) return;
        heard.delete(channel);
        subscriber.unsubscribe(channel).catch(() => {});
      };
    },
    async [Symbol.asyncDispose]() {
      subscriber.disconnect();
    },
  };
}
