/** The first start: nothing has been asked, so the page says how to ask. */
import type { Overview } from '../api/documents.ts';
import { amount } from '../format/figures.ts';
import { Empty } from '../parts/notices.tsx';
import { hrefOf } from '../state/address.ts';
import { callTo } from './call.ts';
import { exampleBody } from './example.ts';
import { snippet } from './snippets.ts';

export function FirstSteps({ figures }: { figures: Overview }) {
  const sentiment = callTo('/predict', { text: 'What a lovely day' });
  const forecast = callTo('/forecast', exampleBody(14));
  return (
    <section class="empty" aria-labelledby="h-now">
      <div>
        <h1 id="h-now">Nothing has been asked yet.</h1>
        <p class="lead">
          {amount(figures.workers, 'worker is', 'workers are')} there, with{' '}
          {amount(figures.slots.slots, 'slot')}. Ask something, and its figures appear here.
        </p>
      </div>
      <ol>
        <li>
          <Empty title="1. Ask a short question." command={snippet('curl', sentiment)} />
        </li>
        <li>
          <Empty
            title="2. Ask it again: the answer is a HIT."
            command={snippet('curl', sentiment)}
          />
        </li>
        <li>
          <Empty title="3. Ask for a forecast." command={snippet('curl', forecast)}>
            Or paste a series of your own: <a href={hrefOf(['try'])}>Try it</a>.
          </Empty>
        </li>
      </ol>
    </section>
  );
}
