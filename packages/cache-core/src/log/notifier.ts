/**
 * The pub/sub subscription of a process. The scripts announce on it what happens on the shards.
 *
 * Notifications make things fast, never correct: a message can be lost, late or repeated. So every
 * listener reads the state after it has subscribed, and again from time to time.
 */
import type { RedisClient } from '../redis-client.ts';

const SUBSCRIBE_RETRY_MS = 1000;

/** @param channel Where it was heard. */
type Listener = (message: string, channel?: string) => void;

export interface Notifier extends AsyncDisposable {
  /** Calls `listener` for every message until the returned function is called. */
  listen(listener: Listener): () => void;
  /** Calls `listener` whenever the subscription is (again) in place, so that it can read what it missed. */
  onSubscribed(listener: () => void): () => void;
  /**
   * Subscribes to one more channel until the returned function is called. Calls `onHeard` once the
   * subscription is in place, so that the caller can read what it missed.
   */
  listenTo(channel: string, onHeard: () => void): () => void;
}

/** Takes over the connection: a subscriber cannot send other commands. */
export function createNotifier(subscriber: RedisClient, ...channels: readonly string[]): Notifier {
  const listeners = new Set<Listener>();
  const readers = new Set<() => void>();
  /** Temporary channels, with their number of listeners and their subscription. */
  const heard = new Map<string, { listeners: number; readonly subscribed: Promise<unknown> }>();
  const add = <T>(set: Set<T>, item: T) => {
    set.add(item);
    return () => void set.delete(item);
  };
  subscriber.on('message', (channel: string, message: string) => {
    for (const listener of [...listeners]) listener(message, channel);
  });
  const subscribe = () => {
    subscriber.subscribe(...channels, ...heard.keys()).then(
      () => {
        for (const read of [...readers]) read();
      },
      // The connection went away again, and `ready` comes back; or the user has no right to it yet.
      () => {
        if (subscriber.status === 'ready') setTimeout(subscribe, SUBSCRIBE_RETRY_MS).unref();
      },
    );
  };
  subscriber.on('ready', subscribe);
  if (subscriber.status === 'ready') subscribe();
  return {
    listen: (listener) => add(listeners, listener),
    onSubscribed: (listener) => add(readers, listener),
    listenTo(channel, onHeard) {
      let known = heard.get(channel);
      known ??= { listeners: 0, subscribed: subscriber.subscribe(channel) };
      known.listeners += 1;
      heard.set(channel, known);
      known.subscribed.then(onHeard, () => {}); // `ready` comes back
      return () => {
        known.listeners -= 1;
        if (known.listeners > 0 || heard.get(channel) !== known) return;
        heard.delete(channel);
        subscriber.unsubscribe(channel).catch(() => {});
      };
    },
    async [Symbol.asyncDispose]() {
      subscriber.disconnect();
    },
  };
}
