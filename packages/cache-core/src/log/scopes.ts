/**
 * The scopes under which entries are invalidated. A tenant's scopes hide an entry from that tenant
 * alone; all others fence it for everybody.
 */
export const SCOPE_ALL = '*';
export const scopeOfKey = (key: string): string => `k:${key}`;
export const scopeOfTag = (tag: string): string => `t:${tag}`;

/** Every scope under which an entry can be invalidated. */
export function scopesOf(
  key: string,
  tags: readonly string[],
  derivedFrom: readonly string[] = [],
): string[] {
  return [SCOPE_ALL, scopeOfKey(key), ...derivedFrom.map(scopeOfKey), ...tags.map(scopeOfTag)];
}

export interface TenantScope {
  readonly tenant: string;
  readonly scope: string;
}

/** Throws `RangeError` for a name that cannot be part of a scope: it is empty, or has a colon. */
export function checkTenant(tenant: string | undefined): void {
  if (tenant !== undefined && !/^[^:]+$/.test(tenant))
    throw new RangeError(`"${tenant}" cannot be the name of a tenant`);
}

/**
 * The scope as the log's records have it: `T:<tenant>` of all that the tenant may be served,
 * `T:<tenant>:<scope>` otherwise.
 */
export function recordedScope(scope: string, tenant?: string): string {
  if (tenant === undefined) return scope;
  return scope === SCOPE_ALL ? `T:${tenant}` : `T:${tenant}:${scope}`;
}

/** Undefined: the scope is everybody's. */
export function tenantScopeOf(recorded: string): TenantScope | undefined {
  if (!recorded.startsWith('T:')) return undefined;
  const end = recorded.indexOf(':', 2);
  if (end < 0) return { tenant: recorded.slice(2), scope: SCOPE_ALL };
  return { tenant: recorded.slice(2, end), scope: recorded.slice(end + 1) };
}
