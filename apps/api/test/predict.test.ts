/** What asking a model comes to, as a value: each outcome of the union, and how it is rendered. */
import { EVERYBODY } from '@deja/keys';
import { expect, expectTypeOf, test } from 'vitest';
import { requestDeadline } from '../src/http/deadline.ts';
import { predict } from '../src/predictions/predict.ts';
import { keyFor, type Question } from '../src/predictions/question.ts';
import { type Result, settle } from '../src/predictions/result.ts';
import { directivesOf } from '../src/wire/directives.ts';
import { resultReply } from '../src/wire/result.ts';
import { echo, openApi } from './harness.ts';

function questionOf(headers: Record<string, string> = {}): Question {
  const prepared = echo.prepare({ text: 'a' });
  return {
    principal: EVERYBODY,
    model: echo,
    key: keyFor(echo, prepared),
    directives: directivesOf(headers),
    prepared: () => prepared,
    deadline: requestDeadline(),
    clientSignal: new AbortController().signal,
    webhook: undefined,
  };
}

const payload = { output: { text: 'a' } };

test('a result is one of four outcomes', () => {
  expectTypeOf<Result['outcome']>().toEqualTypeOf<'hit' | 'accepted' | 'computed' | 'failed'>();
});

test('accepted: nothing is stored, and the request does not wait', async () => {
  await using api = await openApi();
  const question = questionOf();

  const first = await predict(question, api.context);
  const second = await predict(question, api.context);

  expect(first).toMatchObject({
    ...{ outcome: 'accepted', key: question.key, forward: 'miss' },
    ...{ status: 'queued', deduplicated: false, leftMs: undefined },
  });
  expect(second).toMatchObject({ outcome: 'accepted', deduplicated: true });
  expect(first).not.toHaveProperty('appliedWaitMs');
  expect(resultReply(first)).toMatchObject({ status: 202, headers: { 'Retry-After': '1' } });
});

test('computed: the run ends with an answer while the request waits', async () => {
  await using api = await openApi();
  const asked = predict(questionOf({ prefer: 'wait=30' }), api.context);
  await expect.poll(() => api.context.waiter.size).toBe(1);
  const [open] = await api.context.figures.openRuns();
  await api.finish(String(open?.run), 'succeeded', payload);

  const result = await asked;

  expect(result).toMatchObject({
    ...{ outcome: 'computed', forward: 'miss', deduplicated: false, fenced: false },
    appliedWaitMs: 30_000,
    payload: Buffer.from(JSON.stringify(payload)),
  });
  expect(resultReply(result)).toMatchObject({
    status: 200,
    headers: { 'X-Cache': 'MISS', 'Preference-Applied': 'wait=30' },
  });
});

test('hit: an answer is stored', async () => {
  await using api = await openApi();
  const accepted = await predict(questionOf(), api.context);
  if (accepted.outcome !== 'accepted') throw new Error(accepted.outcome);
  await api.finish(await api.runOf(accepted.job), 'succeeded', payload);

  const result = await predict(questionOf(), api.context);

  expect(result).toMatchObject({
    ...{ outcome: 'hit', tier: 'redis', isStale: false },
    payload: Buffer.from(JSON.stringify(payload)),
  });
  expect(resultReply(result)).toMatchObject({ status: 200, headers: { 'X-Cache': 'HIT' } });
});

test('failed: the run ends with a problem while the request waits', async () => {
  await using api = await openApi();
  const question = questionOf({ prefer: 'wait=30' });
  const asked = predict(question, api.context);
  await expect.poll(() => api.context.waiter.size).toBe(1);
  const [open] = await api.context.figures.openRuns();
  await api.finish(String(open?.run), 'failed', { code: 'MODEL_FAILED', message: 'why' });

  const result = await asked;

  expect(result).toMatchObject({
    ...{ outcome: 'failed', run: { key: question.key, forward: 'miss' } },
    problem: { status: 500, detail: 'why' },
  });
  expect(resultReply(result)).toMatchObject({
    status: 500,
    headers: { 'X-Cache': 'MISS', 'Preference-Applied': 'wait=30' },
  });
});

test('failed: a refusal is a result, and a 503 says when to come back', async () => {
  await using api = await openApi({ QUEUE_MAX: '1' });
  await predict({ ...questionOf(), key: '0'.repeat(64) }, api.context);

  const full = await predict(questionOf(), api.context);
  const notCached = await predict(questionOf({ 'cache-control': 'only-if-cached' }), api.context);

  expect(full).toMatchObject({ outcome: 'failed', problem: { status: 503 } });
  expect(full).not.toHaveProperty('run');
  expect(resultReply(full).headers).toMatchObject({ 'Retry-After': '1' });
  expect(notCached).toMatchObject({ outcome: 'failed', problem: { status: 504 } });
  expect(resultReply(notCached).headers).not.toHaveProperty('Retry-After');
});

test('what nobody foresaw rejects; as one part of several it is logged, and fails alone', async () => {
  await using api = await openApi();
  const bug = new TypeError('a bug');
  const broken = {
    ...questionOf(),
    prepared: () => {
      throw bug;
    },
  };
  const seen: unknown[] = [];

  await expect(predict(broken, api.context)).rejects.toBe(bug);
  const part = await settle(predict(broken, api.context), (error) => seen.push(error));

  expect(seen).toEqual([bug]);
  expect(part).toMatchObject({ outcome: 'failed', problem: { status: 500 } });
});
