/** What if: the curve of hit ratios by size, with what was measured beside it; other lifetimes. */
import { read } from '../api/client.ts';
import type { Advice, TierName } from '../api/documents.ts';
import { bytes, percent, seconds } from '../format/figures.ts';
import { when } from '../format/time.ts';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Empty, ProblemNote } from '../parts/notices.tsx';
import { Plot } from '../parts/plot.tsx';
import { useResource } from '../parts/resource.ts';

export function AdviceSections() {
  const { value, problem } = useResource('advice', (signal) =>
    read<Advice>('/cache/advice', signal),
  );
  if (problem) return <ProblemNote problem={problem} />;
  if (!value) return null;
  const tiers = [...new Set(value.sizes.map(({ tier }) => tier))];
  return (
    <>
      <section aria-labelledby="h-what-if">
        <h2 id="h-what-if">What another size would change</h2>
        <p class="note">
          Simulated on a sample of the keys since {when(value.since)}, with the tier’s own policy.
        </p>
        {!value.trusted && (
          <Empty title="Not enough was asked to trust the simulation.">
            It needs 200 sampled keys, and to come within 5 points of what was measured.
          </Empty>
        )}
        {value.trusted && (
          <div class="cols">
            {tiers.map((tier) => (
              <SizeCurve key={tier} tier={tier} advice={value} />
            ))}
          </div>
        )}
      </section>
      {value.ttls.length > 0 && <Lifetimes advice={value} />}
    </>
  );
}

function SizeCurve({ tier, advice }: { tier: TierName; advice: Advice }) {
  const sizes = advice.sizes
    .filter((size) => size.tier === tier)
    .sort((a, b) => a.factor - b.factor);
  const measured = advice.measured.find((each) => each.tier === tier);
  const double = sizes.find(({ factor }) => factor === 2);
  const same = sizes.find(({ factor }) => factor === 1);
  const saved = (size: (typeof sizes)[number] | undefined) =>
    size?.compute_seconds_saved ?? size?.lookup_seconds_saved;
  return (
    <section class="c6" aria-labelledby={`h-size-${tier}`}>
      <h3 id={`h-size-${tier}`}>
        {tier}: twice the size would answer {percent(double?.hit_ratio)}, now{' '}
        {percent(measured?.hit_ratio ?? same?.hit_ratio)}
      </h3>
      <p class="note">
        It would save {seconds(saved(double))} of{' '}
        {double?.compute_seconds_saved === undefined ? 'looking up' : 'computing'}; it saves{' '}
        {seconds(saved(same))} at {bytes(same?.max_bytes)}.
      </p>
      <Plot
        label={`Hit ratio of the ${tier} tier by its size`}
        xLabel="Size"
        // Steps of a factor of two are as far apart as each other.
        xs={sizes.map(({ factor }) => Math.log2(factor))}
        writeX={(x) => `${2 ** x} ×`}
        isTime={false}
        series={[
          { label: 'simulated', values: sizes.map((size) => size.hit_ratio), colour: 'hit' },
          {
            label: 'measured',
            values: sizes.map(({ factor }) =>
              factor === 1 ? (measured?.hit_ratio ?? null) : null,
            ),
            ...{ colour: 'ink', isDots: true },
          },
        ]}
        write={percent}
      />
    </section>
  );
}

type Lifetime = Advice['ttls'][number];

const COLUMNS: readonly Column<Lifetime>[] = [
  { name: 'Model', cell: ({ model }) => model },
  { name: 'Lifetime', isNumber: true, cell: (ttl) => seconds(ttl.ttl_s) },
  { name: 'Hit ratio', isNumber: true, cell: (ttl) => percent(ttl.hit_ratio) },
  { name: 'Compute saved', isNumber: true, cell: (ttl) => seconds(ttl.compute_seconds_saved) },
  { name: 'Recomputed alike', isNumber: true, cell: (ttl) => percent(ttl.unchanged_ratio) },
];

function Lifetimes({ advice }: { advice: Advice }) {
  return (
    <section aria-labelledby="h-ttls">
      <h2 id="h-ttls">What another lifetime would change</h2>
      <p class="note">
        Recomputed alike: how often a computation gave the answer of the one before. The higher, the
        longer an answer may live.
      </p>
      <DataTable
        class="fit"
        label="Other lifetimes of answers"
        rows={advice.ttls}
        columns={COLUMNS}
        keyOf={({ model, ttl_s: ttl }) => `${model} ${ttl}`}
      />
    </section>
  );
}
