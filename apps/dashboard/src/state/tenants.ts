/** Whose things are. Without keys nobody is told apart, and nothing names a tenant. */

const WITHOUT_KEYS = 'default';

interface Owned {
  readonly tenant: string;
}

/** Undefined: it was asked for without a key. */
export const tenantOf = ({ tenant }: Owned): string | undefined =>
  tenant === WITHOUT_KEYS ? undefined : tenant;

export const areOfTenants = (rows: readonly Owned[]): boolean =>
  rows.some((row) => tenantOf(row) !== undefined);

export const TENANT_COLUMN = { name: 'Tenant', cell: (row: Owned) => tenantOf(row) ?? '–' };
