import { expect, test } from 'vitest';
import { exampleBody } from '../src/views/example.ts';
import { LANGUAGES, shortened, snippet } from '../src/views/snippets.ts';

const call = (body: Record<string, unknown>, needsKey = false) => ({
  ...{ base: 'http://h:8000', path: '/predict', body, needsKey },
});

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

test('where a key is needed, each language takes it from the environment', () => {
  const read = {
    curl: '$DEJA_API_KEY',
    TypeScript: 'process.env.DEJA_API_KEY',
    Python: 'os.environ',
  };
  for (const language of LANGUAGES) {
    const lines = snippet(language, call({ text: 'a' }, true)).split('\n');
    const [header = ''] = lines.filter((line) => line.includes('Authorization'));
    expect(header).toContain('Bearer ');
    expect(header).toContain(read[language]);
    expect(snippet(language, call({ text: 'a' }))).not.toContain('Bearer');
  }
});
