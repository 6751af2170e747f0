/** Many series in, one CSV out. What is written is whole at any time, also after Ctrl-C. */
import { extname } from 'node:path';
import { linesOf } from '../../lines.ts';
import type { ManyLine } from '../../many.ts';
import type { ForecastAnswer, ForecastInput, Problem } from '../../types.ts';
import { type CommandContext, textOption } from '../command.ts';
import { csvLine } from '../csv.ts';
import { EXIT } from '../errors.ts';
import { parseJson, readParts } from '../input.ts';
import { openData } from '../output.ts';
import { createProgress, durationText } from '../progress.ts';
import { columnsOf, readManySeries } from '../series.ts';
import { namesOf, settingsOf } from './forecast-input.ts';

/** Further problems are counted only. */
const SHOWN_PROBLEMS = 10;
const COLUMNS = ['ds', 'yhat', 'yhat_lower', 'yhat_upper'] as const;

export async function forecastMany(context: CommandContext): Promise<number> {
  const { deja, values, positionals, out, signal } = context;
  const path = positionals[0] ?? '';
  const id = textOption(values, 'id') ?? 'unique_id';
  const isNdjson = ['.ndjson', '.jsonl'].includes(extname(path));
  const counts = { total: await countOf(path, isNdjson, id), done: 0, hits: 0, failed: 0, torn: 0 };
  const startedAt = performance.now();
  const target = textOption(values, 'output');
  const file = await openData(target, out);
  const progress = createProgress(out, counts.total);
  const refuse = (name: string, reason: string) => {
    counts.failed += 1;
    if (counts.failed <= SHOWN_PROBLEMS) out.note(`${name}: ${reason}`);
  };
  const questions = isNdjson ? readQuestions(path) : readQuestionsOfCsv(context, path, refuse);
  const finish = async () => {
    progress.end();
    await file.close();
  };
  try {
    if (!values.json) await file.write(csvLine(['unique_id', ...COLUMNS]));
    for await (const line of deja.many('forecast', questions, { signal })) {
      counts.done += 1;
      if (line.x_cache === 'HIT' || line.x_cache === 'STALE') counts.hits += 1;
      if (line.status !== 200) refuse(nameOf(line), reasonOf(line.body as Problem));
      if (values.json) await file.write(`${JSON.stringify(line)}\n`);
      else if (line.status === 200) await file.write(csvOf(line));
      progress.update(counts.done, counts.failed);
    }
  } catch (error) {
    await finish();
    if (!signal.aborted) throw error;
    const where = target === undefined ? 'written' : `in ${target}`;
    const of = counts.total === undefined ? '' : ` of ${counts.total}`;
    out.note(`interrupted: ${counts.done}${of} series are ${where}; the same command goes on fast`);
    return EXIT.interrupted;
  }
  await finish();
  const computed = counts.done + counts.torn - counts.hits - counts.failed;
  out.note(
    `${counts.done + counts.torn} series: ${counts.hits} hits, ${computed} computed, ${counts.failed} failed, ` +
      `in ${durationText(performance.now() - startedAt)}`,
  );
  return counts.failed > 0 ? EXIT.failed : EXIT.ok;

  async function* readQuestionsOfCsv(
    { values, out }: CommandContext,
    path: string,
    refuse: (name: string, reason: string) => void,
  ): AsyncGenerator<ForecastInput, void> {
    const settings = { periods: 30, ...settingsOf(values) };
    const columns = { ...namesOf(values), id, others: columnsOf(settings.options) };
    const ignore = (names: readonly string[]) =>
      out.note(`columns that are left out: ${names.join(', ')}`);
    for await (const { modelId, data, isTorn } of readManySeries(
      readParts(path),
      columns,
      ignore,
    )) {
      if (!isTorn) {
        yield { model_id: modelId, data, ...settings };
        continue;
      }
      counts.torn += 1;
      refuse(modelId, 'its rows do not stand together; sort the file by unique_id');
    }
  }
}

async function* readQuestions(path: string): AsyncGenerator<ForecastInput, void> {
  for await (const line of linesOf(readParts(path)))
    if (line.trim() !== '') yield parseJson(line, 'a line') as ForecastInput;
}

/** How many series a file has. Nobody knows of stdin, nor quickly where the series is not the first column. */
async function countOf(path: string, isNdjson: boolean, id: string): Promise<number | undefined> {
  if (path === '-') return undefined;
  let count = 0;
  let before: string | undefined;
  for await (const line of linesOf(readParts(path))) {
    if (line.trim() === '') continue;
    const first = line.slice(0, line.search(/[,;\t]|$/)).replace(/^\uFEFF/, '');
    const isHeader = !isNdjson && before === undefined;
    if (isHeader && ![id, 'model_id', 'unique_id'].includes(first)) return undefined;
    if (isNdjson || (!isHeader && first !== before)) count += 1;
    before = first;
  }
  return count;
}

const nameOf = ({ index, model_id: id }: ManyLine<unknown>): string => id ?? `question ${index}`;

const reasonOf = ({ title, detail, type }: Problem): string =>
  `${detail ?? title} [${type.replace('urn:deja:problem:', '')}]`;

function csvOf(line: ManyLine<ForecastAnswer>): string {
  const { forecast } = line.body as ForecastAnswer;
  return forecast
    .map((row) => csvLine([nameOf(line), ...COLUMNS.map((column) => row[column])]))
    .join('');
}
