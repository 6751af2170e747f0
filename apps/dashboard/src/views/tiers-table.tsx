import type { TierFigures } from '../api/documents.ts';
import { bytes, count, milliseconds, percent } from '../format/figures.ts';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { State } from '../parts/glyph.tsx';

const COLUMNS: readonly Column<TierFigures>[] = [
  { name: 'Tier', cell: ({ tier }) => tier },
  { name: 'State', cell: ({ state }) => <State of={state} /> },
  { name: 'Hits', isNumber: true, cell: ({ hits }) => count(hits) },
  { name: 'Of all hits', isNumber: true, cell: (tier) => percent(tier.hit_share) },
  { name: 'Misses', isNumber: true, cell: ({ misses }) => count(misses) },
  { name: 'Entries', isNumber: true, cell: ({ entries }) => count(entries) },
  { name: 'Holds', isNumber: true, cell: (tier) => <Fill tier={tier} /> },
  { name: 'Evicted, last hour', isNumber: true, cell: (tier) => count(tier.evicted_last_hour) },
  { name: 'Errors', isNumber: true, cell: ({ errors }) => count(errors) },
  { name: 'Look-up, p50', isNumber: true, cell: (tier) => milliseconds(tier.lookup_p50_ms) },
  { name: 'Look-up, p95', isNumber: true, cell: (tier) => milliseconds(tier.lookup_p95_ms) },
];

function Fill({ tier }: { tier: TierFigures }) {
  const { bytes: held, max_bytes: most } = tier;
  if (most === 0) return bytes(held);
  return (
    <>
      <span class="meter" aria-hidden="true">
        <i style={{ width: `${Math.min(100, (held / most) * 100)}%` }} />
      </span>
      {bytes(held)} of {bytes(most)}
    </>
  );
}

export function TiersTable({ tiers }: { tiers: readonly TierFigures[] }) {
  return (
    <DataTable
      class="tiers"
      label="Tiers, over all replicas since counting began"
      rows={tiers}
      columns={COLUMNS}
      keyOf={({ tier }) => tier}
    />
  );
}
