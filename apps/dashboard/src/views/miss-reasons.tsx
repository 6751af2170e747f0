import { count, percent } from '../format/figures.ts';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Empty } from '../parts/notices.tsx';
import { callTo } from './call.ts';
import { snippet } from './snippets.ts';

const SENTENCES: Readonly<Record<string, string>> = {
  request_directive: 'The request asked for a fresh answer',
  invalidated: 'Somebody had it forgotten',
  version_changed: 'The model has another version or engine',
  expired: 'It was too old',
  evicted: 'It made room for others',
  series_changed: 'The series is another one',
  options_changed: 'The options are others',
  input_changed: 'The input is another one',
  never_seen: 'Nobody had asked it before',
};

interface Line {
  readonly reason: string;
  readonly misses: number;
  readonly share: number;
}

/** The most frequent first. */
function linesOf(reasons: Readonly<Record<string, number>>): Line[] {
  const all = Object.values(reasons).reduce((sum, each) => sum + each, 0);
  return Object.entries(reasons)
    .filter(([, misses]) => misses > 0)
    .map(([reason, misses]) => ({ reason, misses, share: misses / all }))
    .sort((a, b) => b.misses - a.misses);
}

const COLUMNS: readonly Column<Line>[] = [
  { name: 'Reason', cell: ({ reason }) => SENTENCES[reason] ?? reason },
  { name: 'Code', cell: ({ reason }) => <code>{reason}</code> },
  {
    name: 'Share',
    cell: ({ share }) => (
      <>
        <span class="meter miss" aria-hidden="true">
          <i style={{ width: `${share * 100}%` }} />
        </span>
        {percent(share)}
      </>
    ),
  },
  { name: 'Misses', isNumber: true, cell: ({ misses }) => count(misses) },
];

export function MissReasons({ reasons }: { reasons: Readonly<Record<string, number>> }) {
  const lines = linesOf(reasons);
  const call = callTo('/predict', { text: 'What a lovely day' });
  return (
    <section aria-labelledby="h-reasons">
      <h2 id="h-reasons">Why a miss, last 24 hours</h2>
      {lines.length === 0 ? (
        <Empty title="No miss in 24 hours." command={snippet('curl', call)}>
          The first time somebody asks this, it is one.
        </Empty>
      ) : (
        <DataTable
          class="reasons"
          label="Why a miss"
          rows={lines}
          columns={COLUMNS}
          keyOf={({ reason }) => reason}
        />
      )}
    </section>
  );
}
