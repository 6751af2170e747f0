import type { Forgettable } from '../../cache-calls.ts';
import { type Command, INPUT_OPTION, textOption, type Values } from '../command.ts';
import { type Cell, csvTable } from '../csv.ts';
import { readJson } from '../input.ts';
import { UsageError } from '../usage-error.ts';
import { FORECAST_OPTIONS, readForecastInput } from './forecast-input.ts';

export const cacheStats: Command = {
  name: 'cache stats',
  arguments: '',
  summary: 'print what the cache did, over all replicas',
  takes: [0, 0],
  options: {},
  example: 'deja cache stats',
  async run({ deja, values, out, signal }) {
    const stats = await deja.cache.stats({ signal });
    const rows = Object.entries(stats)
      .filter(([, value]) => typeof value !== 'object')
      .map(([name, value]) => ({ name, value: value as Cell }));
    await out.data(values.json ? `${JSON.stringify(stats)}\n` : csvTable(rows));
    return 0;
  },
};

export const cacheExplain: Command = {
  name: 'cache explain',
  arguments: 'MODEL [FILE]',
  summary: 'say what a question would get now, and why; computes nothing',
  takes: [1, 2],
  options: { ...INPUT_OPTION, ...FORECAST_OPTIONS },
  example: 'deja cache explain forecast sales.csv --periods 30',
  async run({ deja, values, positionals: [model = '', path], out, signal }) {
    const input =
      path === undefined
        ? await readJson(textOption(values, 'input'))
        : await readForecastInput(values, path, out.note);
    const explanation = await deja.explain(model, input, { signal });
    await out.data(`${values.json ? JSON.stringify(explanation) : explanation.sentence}\n`);
    return 0;
  },
};

export const cacheForget: Command = {
  name: 'cache forget',
  arguments: '',
  summary: 'forget an entry, a tag, a series, or everything',
  takes: [0, 0],
  options: {
    'model-id': { type: 'string', value: 'ID', help: 'everything that belongs to a series' },
    key: { type: 'string', value: 'KEY', help: 'one entry' },
    tag: { type: 'string', value: 'TAG', help: 'the entries of a tag, such as model:forecast' },
    all: { type: 'boolean', help: 'everything' },
  },
  example: 'deja cache forget --model-id sales',
  async run({ deja, values, out, signal }) {
    const forgotten = await deja.cache.forget(forgettableOf(values), { signal });
    const { scope, seq } = forgotten;
    await out.data(
      values.json
        ? `${JSON.stringify(forgotten)}\n`
        : csvTable([{ scope, seq: typeof seq === 'number' ? seq : JSON.stringify(seq) }]),
    );
    return 0;
  },
};

export const cacheAdvice: Command = {
  name: 'cache advice',
  arguments: '',
  summary: 'print what other sizes of the cache would give; --json has lifetimes, too',
  takes: [0, 0],
  options: {},
  example: 'deja cache advice',
  async run({ deja, values, out, signal }) {
    const advice = await deja.cache.advice({ signal });
    const rows = advice.sizes.map((size) => ({
      tier: size.tier,
      factor: size.factor,
      max_bytes: size.max_bytes,
      hit_ratio: size.hit_ratio,
      seconds_saved: size.compute_seconds_saved ?? size.lookup_seconds_saved,
    }));
    await out.data(values.json ? `${JSON.stringify(advice)}\n` : csvTable(rows));
    if (!advice.trusted)
      out.note('not to be relied on yet: too few keys, or too far from what was measured');
    return 0;
  },
};

function forgettableOf(values: Values): Forgettable {
  const [key, tag, modelId] = ['key', 'tag', 'model-id'].map((name) => textOption(values, name));
  const given = [
    ...(key === undefined ? [] : [{ key }]),
    ...(tag === undefined ? [] : [{ tag }]),
    ...(modelId === undefined ? [] : [{ modelId }]),
    ...(values.all ? [{ all: true } as const] : []),
  ];
  const [what] = given;
  if (given.length !== 1 || !what)
    throw new UsageError('say what to forget: one of --model-id, --key, --tag and --all');
  return what;
}
