import { expect, test } from 'vitest';
import { parseRetryAfter, parseTraceparent } from './http-headers.ts';

const NOW = Date.parse('Sun, 06 Nov 1994 08:49:00 GMT');
const DAY_MS = 86_400_000;

test.each([
  ['0', 0],
  ['120', 120_000],
  ['86401', DAY_MS],
  ['9'.repeat(400), DAY_MS],
  ['Sun, 06 Nov 1994 08:49:37 GMT', 37_000],
  ['Sunday, 06-Nov-94 08:49:37 GMT', 37_000],
  ['Sun Nov  6 08:49:37 1994', 37_000],
  ['Sat, 05 Nov 1994 08:49:37 GMT', 0],
  ['Sun, 06 Nov 2094 08:49:37 GMT', DAY_MS],
])('Retry-After: "%.40s" is %d ms', (value, waitMs) => {
  expect(parseRetryAfter(value, NOW)).toBe(waitMs);
});

test.each([undefined, '', '-5', '1.5', 'soon', '1e3', '0x10', 'Sun', '2094-11-06'])(
  'Retry-After: %j is none',
  (value) => {
    expect(parseRetryAfter(value, NOW)).toBeUndefined();
  },
);

test('a malformed traceparent counts as none', () => {
  const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

  expect(parseTraceparent(trace)).toBe(trace);
  for (const value of [undefined, '', 'x', trace.toUpperCase(), `${trace}\r\nx: 1`, `${trace}\n`])
    expect(parseTraceparent(value)).toBeUndefined();
});
