import { expect, test } from 'vitest';
import { parseJson } from './held-body.ts';

const detailOf = (text: string): string => {
  try {
    parseJson(Buffer.from(text));
  } catch (error) {
    return String((error as Error).message);
  }
  return 'JSON';
};

test.each(['NaN', '-Infinity', 'Infinity', 'nan', 'None', 'undefined'])(
  'a literal %s is answered with what to send: null',
  (word) => {
    expect(detailOf(`{"data":[{"ds":"2024-01-01","y":${word}}]}`)).toContain(
      'JSON has no NaN and no Infinity: send null',
    );
  },
);

test('other texts that are no JSON are not told so', () => {
  expect(detailOf('{"a":1,}')).not.toContain('NaN');
  expect(detailOf("{'a':1}")).not.toContain('NaN');
});
