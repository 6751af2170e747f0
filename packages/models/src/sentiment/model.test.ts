import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { context, refusals } from '../../test/series.ts';
import { judge } from './judge.ts';
import { createSentimentModel } from './model.ts';
import { foldText, normaliseText } from './normalise.ts';
import { winkScoreOf } from './wink.ts';

const model = createSentimentModel();
const run = (text: string) => model.run(model.prepare({ text }).input, context);

test.each([
  ['I love this product, it is wonderful!', 'positive'],
  ['This is a terrible, useless thing.', 'negative'],
  ['I am not happy with it.', 'negative'],
  ['The table stands in the room.', 'neutral'],
  ['我很高兴', 'neutral'],
])('%s is %s', async (text, sentiment) => {
  expect(await run(text)).toMatchObject({
    result: { sentiment },
    model: { name: 'sentiment', version: 3, engine: 'wink-nlp@2.4.0' },
    inference_time_ms: expect.any(Number),
  });
});

test('neutral: nothing is known of its words, or neither side is likely enough', async () => {
  expect(await run('table')).toMatchObject({ result: { sentiment: 'neutral', confidence: 0.5 } });
  expect(judge({ positive: 0.59, negative: 0.41 }).sentiment).toBe('neutral');
  expect(judge({ positive: 0.6, negative: 0.4 })).toEqual({
    sentiment: 'positive',
    confidence: 0.6,
  });
});

test('confidence is a calibrated probability with 4 decimals, the same for the same score', async () => {
  const score = winkScoreOf('good');
  const positive = 1 / (1 + Math.exp(-(3.449 * Math.tanh(2 * score) - 0.717)));

  const { result } = (await run('good')) as { result: { confidence: number } };

  expect(result.confidence).toBe(Math.round(positive * 1e4) / 1e4);
});

test('an engine that has a label neutral decides it', () => {
  const judged = judge({ positive: 0.3, negative: 0.25, neutral: 0.45 });

  expect(judged).toEqual({ sentiment: 'neutral', confidence: 0.45 });
});

test('engine, model, revision and temperature make another engine, and so another key', () => {
  const base = { name: 'transformers', model: 'org/m', revision: 'main', temperature: 1 } as const;
  const settings = { maxBatchSize: 8, maxLatencyMs: 5 };
  const engineOf = (more: object) =>
    createSentimentModel({}, { ...base, ...settings, ...more }).engine;

  expect(engineOf({})).toBe('transformers:org/m@main');
  expect(engineOf({ revision: 'abc' })).toBe('transformers:org/m@abc');
  expect(engineOf({ model: '/srv/models/mine', revision: '2' })).toBe('transformers:mine@2');
  expect(engineOf({ temperature: 1.5 })).toBe('transformers:org/m@main;temperature=1.5');
  expect(createSentimentModel().engine).toBe('wink-nlp@2.4.0');
});

test('case, white space and Unicode form make no difference', () => {
  const { input } = model.prepare({ text: '  CAFÉ\n\tis  Good ' });

  expect(input).toEqual({ text: 'café is good' });
  expect(model.prepare({ text: 'Cafe\u0301 is good' }).input).toEqual(input);
});

test.each([
  ...[':D', ';-D', '>:D', '>:-D', '=D', 'XD', 'xDD', '8D', ":'D", ':P', ';P', '=P'].map(
    (text) => [text, 'positive'] as const,
  ),
  ...[':S', ':-S', '=S', 'D:', 'D-:', ':C', 'Oh no D:'].map((text) => [text, 'negative'] as const),
  ...[':d', 'xd', 'XDR', '18D', 'Answer:Done', 'drive D: and E:'].map(
    (text) => [text, 'neutral'] as const,
  ),
])('the emoticon counts as it is written: %s is %s', async (text, sentiment) => {
  expect(await run(text)).toMatchObject({ result: { sentiment } });
});

test('words beside an emoticon are one input in any case', () => {
  expect(foldText('GREAT Day :D')).toBe('great day :D');
  expect(foldText('Great day :d')).toBe('great day :d');
});

test.each([
  'it wasn&rsquo;t good',
  'it wasn&#39;t good',
  'it wasn&#x2019;t good',
  'it wasn&apos;t&nbsp;good',
  'it wasn&amp;#39;t good', // encoded twice
  '&quot;it wasn&#39;t good&quot;',
])('an HTML entity is the character that it stands for: %s', async (text) => {
  expect(await run(text)).toMatchObject({ result: { sentiment: 'negative' } });
});

test('an entity and its character are one input, and what is no entity stays', () => {
  const textOf = (text: string) => (model.prepare({ text }).input as { text: string }).text;

  expect(textOf('Fish &amp; chips &lt;3')).toBe(textOf('fish & chips <3'));
  expect(textOf('AT&T &copy2024 &unknown; R&D;')).toBe('at&t &copy2024 &unknown; r&d;');
  expect(refusals(model, { text: '&nbsp; &#32;' })[0]).toContain('/text: empty');
});

test('a transformer gets the text as it was written', () => {
  const engine = { name: 'transformers', model: 'org/m', revision: 'main' } as const;
  const settings = { temperature: 1, maxBatchSize: 8, maxLatencyMs: 5 };
  const cased = createSentimentModel({}, { ...engine, ...settings });

  expect(cased.prepare({ text: '  Apple &amp; US\n' }).input).toEqual({ text: 'Apple & US' });
});

test('normalising twice changes nothing', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(normaliseText(normaliseText(text))).toBe(normaliseText(text));
      expect(foldText(foldText(text))).toBe(foldText(text));
    }),
  );
});

describe('refuses', () => {
  test.each([
    [{ text: '' }, '/text: empty'],
    [{ text: ' \n\u00a0' }, '/text: empty'],
    [{ text: 7 }, '/text: Invalid input'],
    [{}, '/text: Invalid input'],
    [{ text: 'a', lang: 'en' }, '/lang: unknown member'],
    [{ text: 'bad \ud800 half' }, '/text: holds half of a surrogate pair'],
    [{ text: `e${'\u0301'.repeat(31)}` }, '/text: has more than 30 combining marks in a row'],
    [{ text: `e${'&#769;'.repeat(31)}` }, '/text: has more than 30 combining marks in a row'],
    [{ text: 'a'.repeat(20_001) }, '/text: longer than the 20000 characters allowed'],
    [{ text: '😀'.repeat(20_001) }, '/text: longer than the 20000 characters allowed'],
  ])('%#', (bad, expected) => {
    expect(refusals(model, bad)[0]).toContain(expected);
  });
});

test('length counts code points of the text as it was sent', () => {
  expect(refusals(model, { text: '😀'.repeat(20_000) })).toEqual([]);
  expect(refusals(createSentimentModel({ maxTextChars: 3 }), { text: 'a  b' })).toHaveLength(1);
});

/** Processor time: other processes on this machine do not count. Unit: ms. */
async function cpuMsOf(text: string): Promise<number> {
  const { input } = model.prepare({ text });
  const before = process.cpuUsage();
  await model.run(input, context);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

test.each(['http://', 'a', '-', '#a', "'", 'a.a.', '@', '.', '😀', '((', '1,'])(
  '20,000 characters of %j without a space take about four times as long as 5,000',
  async (part) => {
    const text = part.repeat(20_000).slice(0, 20_000);
    await run('warm');

    const short = await cpuMsOf(text.slice(0, 5000));
    const long = await cpuMsOf(text);

    expect(long).toBeLessThan(8 * short + 100); // in proportion to the square it would be 16 times
  },
);

test('the JSON Schemas tell both sides', () => {
  expect(z.toJSONSchema(model.input, { io: 'input' })).toMatchObject({
    properties: { text: { type: 'string', minLength: 1, maxLength: 20_000 } },
    required: ['text'],
    additionalProperties: false,
  });
  expect(z.toJSONSchema(model.output)).toMatchObject({ required: ['sentiment', 'confidence'] });
});
