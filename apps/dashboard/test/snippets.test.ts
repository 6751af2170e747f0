import { expect, test } from 'vitest';
import { exampleBody } from '../src/views/example.ts';
import { LANGUAGES, shortened, snippet } from '../src/views/snippets.ts';

const call = (body: Record<string, unknown>) => ({ base: 'http://h:8000', path: '/predict', body });

test('a quote in a text ends no command', () => {
  expect(snippet('curl', call({ text: "it's" }))).toContain(`-d '{"text":"it'\\''s"}'`);
});

test('each language names the address and carries the whole body', () => {
  const body = exampleBody(10);
  for (const language of LANGUAGES) {
    const text = snippet(language, call(body));
    expect(text).toContain('http://h:8000/predict');
    expect(text).toContain('2026-01-14');
  }
});

test('a long series is shown by its first rows', () => {
  expect(shortened(exampleBody(10))).toMatch(/7 more rows\],"periods":7\}$/);
  expect(shortened({ text: 'a' })).toBe('{"text":"a"}');
});
