/** The address of a view lies behind the `#`: `#/runs?state=open`. Filters are its query. */
import { computed, signal } from '@preact/signals';

export interface Address {
  /** `/runs/7` is `['runs', '7']`. */
  readonly path: readonly string[];
  readonly query: Readonly<Record<string, string>>;
}

export function parseAddress(hash: string): Address {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const parts = path.split('/').filter(Boolean).map(decode);
  return { path: parts, query: Object.fromEntries(new URLSearchParams(query)) };
}

/** A part that is no URI encoding stands as it is. */
function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Members that are empty or undefined are left out. */
export function hrefOf(
  path: readonly string[],
  query: Readonly<Record<string, string | undefined>> = {},
): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value) params.set(name, value);
  const tail = params.size === 0 ? '' : `?${params}`;
  return `#/${path.map(encodeURIComponent).join('/')}${tail}`;
}

const hash = signal(typeof location === 'undefined' ? '' : location.hash);
export const address = computed(() => parseAddress(hash.value));

export function followAddress(): void {
  addEventListener('hashchange', () => {
    const before = address.value.path.join('/');
    hash.value = location.hash;
    if (address.value.path.join('/') !== before) scrollTo(0, 0);
  });
}

/** Filters replace their entry in the history; a step back leads to the view before. */
export function setQuery(query: Readonly<Record<string, string | undefined>>): void {
  const next = hrefOf(address.value.path, { ...address.value.query, ...query });
  history.replaceState(null, '', next);
  hash.value = next;
}
