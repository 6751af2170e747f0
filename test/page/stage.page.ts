/** The stage sees what it says it sees; how soon the page shows its figures. */
import { expect, test } from 'vitest';
import { fill, useStage } from './stage.ts';

const stage = useStage();

/** Marks the frame after the one that drew the first tile. */
const MARK = `new MutationObserver((_, observer) => {
  if (!document.querySelector('.tile .v')) return;
  observer.disconnect();
  requestAnimationFrame(() => requestAnimationFrame(() => performance.mark('figures')));
}).observe(document, { childList: true, subtree: true })`;
const HAS_FIGURES = "performance.getEntriesByName('figures').length > 0";
const TIMES = `({
  paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
  figures: performance.getEntriesByName('figures')[0].startTime,
})`;

test('the page draws its figures; how soon is printed', async () => {
  const t = stage();
  await fill(t);

  const all: { paint: number; figures: number }[] = [];
  for (let turn = 0; turn < 5; turn += 1) {
    const page = await t.open('');
    await page.addInitScript(MARK);
    await page.reload();
    await expect.poll(() => page.evaluate(HAS_FIGURES)).toBe(true);
    all.push(await page.evaluate(TIMES));
    await page.close();
  }
  const median = (of: 'paint' | 'figures') =>
    all
      .map((each) => each[of])
      .sort((a, b) => a - b)[2]
      ?.toFixed(0);
  console.log(`first paint ${median('paint')} ms, with live figures ${median('figures')} ms`);
  expect(all).toHaveLength(5);
  t.expectClean();
});

const BREACHES = {
  'inline code':
    "document.body.append(Object.assign(document.createElement('script'), { textContent: '1' }))",
  'inline style': "document.body.setAttribute('style', 'color: red')",
  'an image from elsewhere': "new Image().src = 'http://127.0.0.2:9/x.png'",
  'a request to elsewhere': "fetch('http://127.0.0.2:9/').catch(() => {})",
} as const;

test('a breach of the CSP and a request to another host are faults of the page', async () => {
  const t = stage();

  for (const [name, code] of Object.entries(BREACHES)) {
    const seen = t.faults.length;
    const page = await t.open('try');
    await page.getByRole('heading', { level: 1 }).waitFor();
    expect([name, t.faults.slice(seen)]).toEqual([name, []]);
    await page.evaluate(code);
    await expect.poll(() => t.faults.length, { message: name }).toBeGreaterThan(seen);
  }
  expect(() => t.expectClean()).toThrow();
});
