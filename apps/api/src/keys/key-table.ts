import type { KeyDocument } from '@deja/keys';

const HEADS = ['ID', 'TENANT', 'NAME', 'SCOPES', 'MODELS', 'LIMITS', 'WEIGHT', 'STATE'] as const;
const TIMES = ['CREATED', 'EXPIRES', 'LAST USED'] as const;

/** An aligned table for people. Times are UTC. */
export function keyTable(keys: readonly KeyDocument[]): string {
  const rows = [[...HEADS, ...TIMES], ...keys.map(rowOf)];
  const widths = rows[0]?.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths?.[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const rowOf = (key: KeyDocument): string[] => [
  ...[key.id, key.tenant, key.name, key.scopes.join(','), key.models?.join(',') ?? 'all'],
  ...[limitsOf(key), String(key.weight), key.state],
  ...[minuteOf(key.created_at), minuteOf(key.expires_at), minuteOf(key.last_used_at)],
];

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
