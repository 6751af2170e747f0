import type { KeyDocument } from '@deja/keys';

/** Columns with a head and what a row has there; those with a `usual` are left out where all rows have it. */
const COLUMNS: readonly {
  readonly head: string;
  readonly usual?: string;
  readonly cellOf: (key: KeyDocument) => string;
}[] = [
  { head: 'ID', cellOf: ({ id }) => id },
  { head: 'TENANT', cellOf: ({ tenant }) => tenant },
  { head: 'NAME', cellOf: ({ name }) => name },
  { head: 'SCOPES', cellOf: ({ scopes }) => scopes.join(',') },
  { head: 'MODELS', usual: 'all', cellOf: ({ models }) => models?.join(',') ?? 'all' },
  { head: 'LIMITS', usual: 'default', cellOf: limitsOf },
  { head: 'WEIGHT', usual: '1', cellOf: ({ weight }) => String(weight) },
  { head: 'STATE', cellOf: ({ state }) => state },
  { head: 'CREATED', cellOf: ({ created_at }) => minuteOf(created_at) },
  { head: 'EXPIRES', cellOf: ({ expires_at }) => minuteOf(expires_at) },
  { head: 'LAST USED', cellOf: ({ last_used_at }) => minuteOf(last_used_at) },
];

/** An aligned table for people. Times are UTC. */
export function keyTable(keys: readonly KeyDocument[]): string {
  const columns = COLUMNS.filter(({ usual, cellOf }) => keys.some((key) => cellOf(key) !== usual));
  const rows = [
    columns.map(({ head }) => head),
    ...keys.map((key) => columns.map(({ cellOf }) => cellOf(key))),
  ];
  const widths = columns.map((_, at) => Math.max(...rows.map((row) => widthOf(row[at]))));
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell + ' '.repeat((widths[at] ?? 0) - widthOf(cell)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const GRAPHEMES = new Intl.Segmenter();
const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u{ff01}-\u{ff60}]/u;

/** In columns of a terminal. */
const widthOf = (text = ''): number =>
  [...GRAPHEMES.segment(text)].reduce((sum, { segment }) => sum + (WIDE.test(segment) ? 2 : 1), 0);

function limitsOf({ rpm, max_open_runs, max_input_mb }: KeyDocument): string {
  const limits = [
    ...(rpm === undefined ? [] : [`${rpm}/min`]),
    ...(max_open_runs === undefined ? [] : [`${max_open_runs} runs`]),
    ...(max_input_mb === undefined ? [] : [`${max_input_mb} MB`]),
  ];
  return limits.join(',') || 'default';
}

const minuteOf = (iso: string | undefined): string =>
  iso === undefined ? 'never' : iso.slice(0, 16).replace('T', ' ');
