/** Keys for tests of the edge, known by their text. Those of packages/keys have tests of their own. */
import type { KeyVerifier, Principal, Scope, Verdict } from '@deja/keys';

export interface MemoryKeys extends KeyVerifier {
  /** Every text that was verified. */
  readonly asked: string[];
  /** What is told for this key from now on. */
  set(key: string, verdict: Verdict | Promise<Verdict>): void;
}

export const principal = (
  scopes: readonly Scope[],
  more: Partial<Omit<Principal, 'scopes'>> = {},
): Principal => ({
  ...{ keyId: scopes.join('-'), tenant: 'acme', limits: {}, weight: 1, ...more },
  scopes: new Set(scopes),
});

/** Each scope has a key of its name; `expired`, `revoked` and `away` are what they say. A key is its own session. */
export function memoryKeys(): MemoryKeys {
  const verdicts = new Map<string, Verdict | Promise<Verdict>>();
  const asked: string[] = [];
  for (const scope of ['read', 'ask', 'invalidate', 'observe', 'admin'] as const)
    verdicts.set(`key-${scope}`, { is: 'known', principal: principal([scope]) });
  for (const why of ['expired', 'revoked'] as const)
    verdicts.set(`key-${why}`, { is: 'refused', why });
  verdicts.set('key-away', { is: 'unavailable' });
  return {
    asked,
    set: (key, verdict) => void verdicts.set(key, verdict),
    verify(key) {
      asked.push(key);
      if (!key.startsWith('key-')) return { is: 'refused', why: 'malformed' };
      return verdicts.get(key) ?? Promise.resolve({ is: 'refused', why: 'unknown' });
    },
    verifySession: (token) => verdicts.get(token) ?? { is: 'refused', why: 'unknown' },
  };
}

export const bearer = (key: string) => ({ Authorization: `Bearer ${key}` });
