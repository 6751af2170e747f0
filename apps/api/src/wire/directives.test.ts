import { describe, expect, test } from 'vitest';
import { directivesOf } from './directives.ts';

const ofControl = (value: string) => directivesOf({ 'cache-control': value });
const waitMsOf = (prefer: string) => directivesOf({ prefer }).waitMs;
const wantsEvents = (accept: string) => directivesOf({ accept }).wantsEvents;

describe('Cache-Control (RFC 9111 section 5.2)', () => {
  test.each(['x="a, no-store"', 'x="a\\", no-store"', 'x="no-store', 'x=no-store, "no-store"'])(
    'what stands within a quoted string is no directive: %s',
    (value) => {
      expect(ofControl(value).noStore).toBe(false);
    },
  );

  test('a directive after a quoted string counts', () => {
    expect(ofControl('x="a, b", NO-STORE , max-age="5"')).toMatchObject({
      noStore: true,
      demand: { maxAgeMs: 5000 },
    });
  });

  test.each(['1234567890123', '9'.repeat(400), String(2 ** 31 + 1)])(
    'more seconds than 2^31 count as 2^31: %.20s',
    (seconds) => {
      const most = 2 ** 31 * 1000;
      for (const name of ['max-age', 'min-fresh', 'max-stale'])
        expect(Object.values(ofControl(`${name}=${seconds}`).demand)).toEqual([most]);
      expect(ofControl(`stale-if-error=${seconds}`).staleIfErrorMs).toBe(most);
    },
  );

  test.each(['max-age=', 'max-age=-1', 'max-age=1.5', 'max-age=1e3', 'max-age'])(
    'a malformed number of seconds is refused: %s',
    (value) => {
      expect(() => ofControl(value)).toThrow('max-age takes a number of seconds');
    },
  );
});

describe('Prefer (RFC 7240 section 2)', () => {
  test.each([
    ['wait=""', Number.POSITIVE_INFINITY],
    ['wait=', Number.POSITIVE_INFINITY],
    ['wait', Number.POSITIVE_INFINITY],
    ['WAIT = "7"; a="b;c"', 7000],
    ['respond-async, wait=7', 7000],
    ['wait=7, wait=9', 7000],
    [`wait=${'9'.repeat(20)}`, 2 ** 31 * 1000],
    ['foo="a, wait=7"', undefined],
    ['foo; wait=7', undefined],
  ])('%s asks to wait for %d ms', (prefer, waitMs) => {
    expect(waitMsOf(prefer)).toBe(waitMs);
  });

  test.each(['wait=soon', 'wait=-1', 'wait=1.5', 'wait="1 s"'])('%s is refused', (prefer) => {
    expect(() => waitMsOf(prefer)).toThrow('wait takes a whole number of seconds');
  });
});

describe('Accept (RFC 9110 section 12.5.1)', () => {
  test.each([
    'text/event-stream',
    'Text/Event-Stream; charset=utf-8',
    'text/event-stream;q=0.5, */*;q=0.1',
    'application/json;q=0.5, text/event-stream',
    'application/json, text/event-stream',
  ])('%s asks for events', (accept) => {
    expect(wantsEvents(accept)).toBe(true);
  });

  test.each([
    'text/event-stream;q=0',
    'text/event-stream; Q=0.000',
    'application/json, text/event-stream;q=0.9',
    'text/*',
    '*/*',
    'text/event-streams',
    'application/json; x="text/event-stream"',
  ])('%s does not', (accept) => {
    expect(wantsEvents(accept)).toBe(false);
  });
});

test('X-Cache-Min-Seq takes a number, or an object of numbers by shard, and nothing else', () => {
  const minSeqOf = (value: string) => directivesOf({ 'x-cache-min-seq': value }).minSeq;

  expect(minSeqOf('12')).toBe(12);
  expect(minSeqOf('{"0": 12, "11": 3}')).toEqual({ 0: 12, 11: 3 });
  for (const malformed of [
    '',
    '-1',
    '1.5',
    '{}',
    '{"0":1,}',
    '{"0":"1"}',
    '{"a":1}',
    '{"100":1}',
    '[1]',
  ])
    expect(() => minSeqOf(malformed)).toThrow('X-Cache-Min-Seq takes the seq');
});
