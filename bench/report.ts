/** What a benchmark found, as a page of Markdown. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, loadavg } from 'node:os';

/** One line. `ratio` is what it is about: a reader on another machine can compare nothing else. */
export interface Row {
  readonly cells: readonly string[];
  readonly ratio: number;
}

export interface Table {
  readonly caption: string;
  /** Names of the cells; a last column, the ratio, comes by itself. */
  readonly columns: readonly string[];
  readonly ratioOf: string;
  readonly rows: readonly Row[];
}

export interface Report {
  readonly name: string;
  readonly title: string;
  /** Paragraphs before the tables: what was done, and how to read it. */
  readonly notes: readonly string[];
  readonly peers: readonly string[];
  readonly tables: readonly Table[];
  /** An SVG beside the page. Default: none. */
  readonly figure?: string;
}

/** Before the benchmark adds to it: other work on the machine makes slow variants look slower. */
const loadAtStart = loadavg()[0] as number;

export function toMarkdown(report: Report): string {
  const { name, title, notes, peers, tables, figure } = report;
  const cpu = cpus()[0]?.model ?? 'unknown';
  const versions = peers.map((peer) => `${peer} ${versionOf(peer)}`);
  const facts = [
    `Machine: ${cpu}, ${availableParallelism()} cores; load average at the start ${loadAtStart.toFixed(1)}.`,
    `Versions: ${[`Node ${process.versions.node}`, ...versions].join(', ')}.`,
    `Command: \`npm run bench -- ${name}\`.`,
  ];
  const drawing = figure === undefined ? [] : [`![${title}](${name}.svg)`];
  const parts = [
    `# ${title}`,
    ...notes,
    facts.join(' '),
    ...drawing,
    ...tables.map(tableToMarkdown),
  ];
  return `${parts.join('\n\n')}\n`;
}

function tableToMarkdown({ caption, columns, ratioOf, rows }: Table): string {
  const lines = [
    [...columns, ratioOf],
    [...columns, ratioOf].map((_, at) => (at === 0 ? '---' : '---:')),
    ...rows.map(({ cells, ratio }) => [...cells, ratio.toFixed(2)]),
  ];
  return [`## ${caption}`, lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')].join(
    '\n\n',
  );
}

function versionOf(dependency: string): string {
  const paths = createRequire(import.meta.url).resolve.paths(dependency) ?? [];
  for (const path of paths) {
    try {
      return JSON.parse(readFileSync(`${path}/${dependency}/package.json`, 'utf8')).version;
    } catch {}
  }
  return '(unknown version)';
}
