import { type Lookup, useOf } from '@deja/cache-core';
import type { Asked } from '@deja/jobs';
import type { Model } from '@deja/models';
import type { Directives } from '../wire/directives.ts';

type Miss = Extract<Lookup, { outcome: 'miss' }>;

/** What the request and the look-up say about the reason of a miss, before anybody asks Redis. */
export function seenIn(
  model: Model,
  { noCache, noStore }: Pick<Directives, 'noCache' | 'noStore'>,
  { refused, fenced }: Miss,
): Asked['seen'] {
  if (noCache || noStore || refused?.use === 'too-old') return 'request_directive';
  if (refused) {
    const staleWhileRevalidateMs = model.cache ? model.cache.staleMs : 0;
    const { header } = refused.entry;
    // Without the request's own demands it would have been served, stale.
    const use = useOf(header, Date.now(), { staleWhileRevalidateMs });
    return use === 'revalidate' ? 'request_directive' : 'expired';
  }
  return fenced ? 'invalidated' : undefined;
}
