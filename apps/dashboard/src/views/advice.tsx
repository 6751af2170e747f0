/** What if: the curve of hit ratios by size, with what was measured beside it; other lifetimes. */
import { read } from '../api/client.ts';
import type { Advice, TierName } from '../api/documents.ts';
import { bytes, percent, seconds } from '../format/figures.ts';
import { when } from '../format/time.ts';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Empty, ProblemNote } from '../parts/notices.tsx';
import { Plot } from '../parts/plot.tsx';
import { useResource } from '../parts/resource.ts';
import { minute } from '../state/live.ts';

export function AdviceSections() {
  const { value, problem } = useResource(
    'advice',
    (signal) => read<Advice>('/cache/advice', signal),
    minute.value,
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
          <Empty title="Not enough was asked to trust the simulation yet.">
            The curve appears once 200 keys are in the sample, and the simulation of today’s size is
            within 5 points of the hit ratio that was measured.
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

/** A gain of less than half a point is none. */
const SMALL_GAIN = 0.005;

function SizeCurve({ tier, advice }: { tier: TierName; advice: Advice }) {
  const sizes = advice.sizes
    .filter((size) => size.tier === tier)
    .sort((a, b) => a.factor - b.factor);
  const measured = advice.measured.find((each) => each.tier === tier);
  const double = sizes.find(({ factor }) => factor === 2);
  const same = sizes.find(({ factor }) => factor === 1);
  const now = measured?.hit_ratio ?? same?.hit_ratio;
  const isFlat = (double?.hit_ratio ?? 0) - (same?.hit_ratio ?? 0) < SMALL_GAIN;
  const saved = (size: (typeof sizes)[number] | undefined) =>
    size?.compute_seconds_saved ?? size?.lookup_seconds_saved;
  return (
    <section class="c6" aria-labelledby={`h-size-${tier}`}>
      <h3 id={`h-size-${tier}`}>
        {tier}:{' '}
        {isFlat
          ? `twice the size would answer no more than ${percent(now)}`
          : `twice the size would answer ${percent(double?.hit_ratio)}, now ${percent(now)}`}
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
        range={[0, 1]}
        readAt={sizes.findIndex(({ factor }) => factor === 1)}
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
  {
    name: 'Lifetime',
    isNumber: true,
    cell: ({ ttl_s: ttl, factor }) =>
      factor === 1 ? <b>{`now ${seconds(ttl)}`}</b> : seconds(ttl),
  },
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
