import { LRUCache } from 'lru-cache';
import { isTooLarge, type Policy, type PolicyFactory } from './policy.ts';

export const lru: PolicyFactory = {
  name: 'LRU',
  create(maxBytes): Policy {
    const cache = new LRUCache<string, true>({ maxSize: maxBytes });
    return {
      get: (key) => cache.get(key) === true,
      put({ key }, size) {
        if (!isTooLarge(size, maxBytes)) cache.set(key, true, { size });
      },
    };
  },
};
