/**
 * Bodies that are small to send and were, or could be, dear to read. Each is refused or answered like
 * any other; what counts is how long it holds the event loop and how much memory it takes.
 */
import { gzipSync } from 'node:zlib';

export interface HostileBody {
  readonly path: string;
  /** JSON, or nearly. */
  readonly text: () => string;
}

const MARK = '\u0301';
const json = (value: unknown) => () => JSON.stringify(value);
const forecast = (more: object) => ({ model_id: 'm', data: rows(10), periods: 1, ...more });
const options = (more: object) => forecast({ options: more });
const filled = (part: string, bytes: number, end = '') =>
  part.repeat(Math.floor(bytes / Buffer.byteLength(part))) + end;
/** `"m<i>":<value>` for many i, so that all names differ. */
const members = (count: number, value = '1', prefix = 'm') =>
  Array.from({ length: count }, (_, i) => `"${prefix}${i}":${value}`).join();
const MB = 1024 * 1024;
/** Large enough that bounds in proportion count, and small enough for many of them. */
const MOST = 2 * MB - 1000;

/** Rows of a daily series. */
export function rows(count: number): { ds: string; y: number }[] {
  return Array.from({ length: count }, (_, i) => ({
    ds: new Date(Date.UTC(1970, 0, 1 + i)).toISOString().slice(0, 10),
    y: Math.round(1e6 * Math.sin(i)) / 1e4,
  }));
}

const marks = `e${MARK.repeat(19_980)}`;
const holidays = Array.from({ length: 27 }, (_, i) => ({
  holiday: `h${i}`,
  ds: '2020-01-01',
  upper_window: 366,
}));
/** The same member in turn in every row: columns that are nearly empty. */
const sparse = () => rows(50_000).map((row, i) => ({ ...row, [`c${i % 500}`]: 1 }));

export const HOSTILE: Readonly<Record<string, HostileBody>> = {
  // Combining marks, windows of holidays, open brackets, and what is like them.
  'a batch of texts of combining marks': {
    path: '/batch',
    text: json({ model: 'sentiment', inputs: Array(195).fill({ text: marks }) }),
  },
  'a text of combining marks': { path: '/predict', text: json({ text: marks }) },
  'a label of combining marks, in escapes': {
    path: '/models/sleep/run',
    text: () => `{"ms":1,"label":"e${filled('\\u0301', 600_000)}"}`,
  },
  'a name of combining marks': {
    path: '/models/anything/run',
    text: json({ [`e${MARK.repeat(100_000)}`]: 1 }),
  },
  'marks of many kinds, out of order': {
    path: '/models/anything/run',
    text: json({ text: `e${'\u0327\u0301\u{1d165}\u0f71'.repeat(100_000)}` }),
  },
  'many texts of 30 marks each': {
    path: '/models/anything/run',
    text: json({ text: `e${MARK.repeat(30)}`.repeat(MOST / 61) }),
  },
  'a batch of forecasts with windows': {
    path: '/batch',
    text: json({
      model: 'forecast',
      inputs: Array.from({ length: 1000 }, (_, i) => ({
        ...options({ holidays }),
        model_id: `m${i}`,
      })),
    }),
  },
  'a forecast with windows': { path: '/forecast', text: json(options({ holidays })) },
  'four million brackets': { path: '/predict', text: () => '['.repeat(4_000_000) },
  'brackets that close': {
    path: '/predict',
    text: () => '['.repeat(MOST / 2) + ']'.repeat(MOST / 2),
  },
  'objects in objects': {
    path: '/models/anything/run',
    text: () => `${'{"a":'.repeat(MOST / 6)}1${'}'.repeat(MOST / 6)}`,
  },
  // Many small things.
  'empty arrays': {
    path: '/models/anything/run',
    text: () => `{"a":[${filled('[],', MOST, '[]')}]}`,
  },
  'empty objects': {
    path: '/models/anything/run',
    text: () => `{"a":[${filled('{},', MOST, '{}')}]}`,
  },
  'small objects': {
    path: '/models/anything/run',
    text: () => `{"a":[${filled('{"a":1},', MOST, '{"a":1}')}]}`,
  },
  'arrays 60 levels deep': {
    path: '/models/anything/run',
    text: () => {
      const deep = `${'['.repeat(60)}${']'.repeat(60)}`;
      return `{"a":[${filled(`${deep},`, MOST, deep)}]}`;
    },
  },
  'empty texts': {
    path: '/models/anything/run',
    text: () => `{"a":[${filled('"",', MOST, '""')}]}`,
  },
  nulls: { path: '/models/anything/run', text: () => `{"a":[${filled('null,', MOST, 'null')}]}` },
  numbers: { path: '/models/anything/run', text: () => `{"a":[${filled('1,', MOST, '1')}]}` },
  'objects of other names each': {
    path: '/models/anything/run',
    text: () => `{"a":[${Array.from({ length: 150_000 }, (_, i) => `{"n${i}":1}`).join()}]}`,
  },
  'objects of as many names as there may be': {
    path: '/models/anything/run',
    text: () =>
      `{"a":[${Array.from({ length: 150_000 }, (_, i) => `{"n${i % 19_000}":1}`).join()}]}`,
  },
  members: { path: '/models/anything/run', text: () => `{${members(150_000)}}` },
  'members as numbers': {
    path: '/models/anything/run',
    text: () => `{${members(150_000, '1', '')}}`,
  },
  'the same member again and again': {
    path: '/predict',
    text: () => `{${filled('"text":"good",', MOST)}"text":"good"}`,
  },
  'unknown members': { path: '/predict', text: () => `{"text":"good",${members(19_000)}}` },
  'unknown members with long names': {
    path: '/forecast',
    text: () => `{${members(3, '1', 'x'.repeat(MB))}}`,
  },
  'a batch of unknown members': {
    path: '/batch',
    text: () =>
      `{"model":"sentiment","inputs":[${Array.from({ length: 1000 }, () => `{${members(20, '1', 'x'.repeat(300))}}`).join()}]}`,
  },
  'a batch with unknown members': {
    path: '/batch',
    text: () => `{"model":"sentiment","inputs":[],${members(19_000)}}`,
  },
  'a batch of a million items': {
    path: '/batch',
    text: () => `{"model":"sentiment","inputs":[${filled('1,', 2 * MB, '1')}]}`,
  },
  // Names and texts.
  'a long name': { path: '/predict', text: () => `{"${'x'.repeat(MOST)}":1}` },
  'a long text': { path: '/predict', text: json({ text: 'x'.repeat(MOST) }) },
  'a long text of spaces': { path: '/predict', text: json({ text: ' '.repeat(MOST) }) },
  'a long text beyond the BMP': {
    path: '/predict',
    text: json({ text: '\u{1f600}'.repeat(MOST / 4) }),
  },
  'Hangul in parts': {
    path: '/models/anything/run',
    text: json({ a: '\u1112\u1161\u11ab'.repeat(MOST / 9) }),
  },
  escapes: {
    path: '/models/sleep/run',
    text: () => `{"ms":1,"label":"${filled('\\u0041', MOST)}"}`,
  },
  'escaped quotes': {
    path: '/models/anything/run',
    text: () => `{"a":"${filled('\\"', MOST)}"}`,
  },
  backslashes: { path: '/models/anything/run', text: () => `{"a":"${filled('\\\\', MOST)}"}` },
  'halves of pairs': { path: '/predict', text: () => `{"text":"${filled('\\ud83d', MOST)}"}` },
  // Numbers.
  'a number of 100 kB': { path: '/forecast', text: () => `{"periods":${'9'.repeat(100_000)}}` },
  'a number of megabytes': { path: '/forecast', text: () => `{"periods":${'9'.repeat(MOST)}}` },
  'many fractions': {
    path: '/models/anything/run',
    text: () => `{"a":[${filled(`0.${'1'.repeat(800)}e-300,`, MOST, '1')}]}`,
  },
  'numbers beyond a double': {
    path: '/models/anything/run',
    text: () => `{"a":[${filled('1e400,', MOST, '1')}]}`,
  },
  // Lists in options.
  'a million changepoints': {
    path: '/forecast',
    text: () =>
      JSON.stringify(options({ changepoints: [0] })).replace(
        '[0]',
        `[${filled('1,', 2 * MB, '1')}]`,
      ),
  },
  'a million holidays': {
    path: '/forecast',
    text: () =>
      JSON.stringify(options({ holidays: [0] })).replace('[0]', `[${filled('1,', 2 * MB, '1')}]`),
  },
  'a million regressors': {
    path: '/forecast',
    text: () =>
      JSON.stringify(options({ regressors: [0] })).replace(
        '[0]',
        `[${filled('{},', 2 * MB, '1')}]`,
      ),
  },
  'a million widths': {
    path: '/forecast',
    text: () =>
      JSON.stringify(options({ interval_widths: [0] })).replace(
        '[0]',
        `[${filled('2,', 2 * MB, '1')}]`,
      ),
  },
  'a million cutoffs': {
    path: '/forecast/cross-validate',
    text: () =>
      JSON.stringify({ ...forecast({}), horizon: 1, cutoffs: [0] }).replace(
        '[0]',
        `[${filled('1,', 2 * MB, '1')}]`,
      ),
  },
  'a million webhook events': {
    path: '/predict',
    text: () =>
      `{"text":"good","webhook":{"url":"http://a/","events":[${filled('1,', 2 * MB, '1')}]}}`,
  },
  // Rows.
  'as many points as are taken': {
    path: '/forecast',
    text: json({ model_id: 'm', data: rows(50_000), periods: 1 }),
  },
  'points backwards': {
    path: '/forecast',
    text: json({ model_id: 'm', data: rows(50_000).reverse(), periods: 1 }),
  },
  'one date for all points': {
    path: '/forecast',
    text: json({ model_id: 'm', data: Array(50_000).fill(rows(1)[0]), periods: 1 }),
  },
  'columns that are nearly empty': {
    path: '/forecast',
    text: () => JSON.stringify({ model_id: 'm', data: sparse(), periods: 1 }),
  },
  'long fractions of seconds': {
    path: '/forecast',
    text: () =>
      JSON.stringify({
        model_id: 'm',
        data: [{ ds: '2020-01-01T25:00:00.1', y: 1 }],
        periods: 1,
      }).replace('.1', `.${'0'.repeat(MOST)}`),
  },
  'a cross-validation': {
    path: '/forecast/cross-validate',
    text: json({
      ...{ model_id: 'm', data: rows(20_000), horizon: '10 days', period: '100 days' },
      initial: '18500 days',
    }),
  },
  // Not JSON at all.
  'no body': { path: '/predict', text: () => '' },
  spaces: { path: '/predict', text: () => ' '.repeat(MOST) },
  'an unfinished text': { path: '/predict', text: () => `{"text":"${'x'.repeat(MOST)}` },
  commas: { path: '/predict', text: () => ','.repeat(MOST) },
};

export const gzipped = (text: string): Buffer => gzipSync(text, { level: 9 });
