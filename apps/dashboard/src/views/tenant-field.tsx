import { address, setQuery } from '../state/address.ts';
import { overview } from '../state/live.ts';

/** A filter that the address holds, where clients have keys. */
export function TenantField() {
  if (!overview.value?.keys) return null;
  return (
    <div class="field">
      <label for="f-tenant">Tenant</label>
      <input
        id="f-tenant"
        type="search"
        value={address.value.query.tenant ?? ''}
        onChange={(event) => setQuery({ tenant: event.currentTarget.value, cursor: '' })}
      />
    </div>
  );
}
