/** The types of the page are hand-written, because it loads no zod. They must hold for what we answer. */
import type * as Page from '@deja/dashboard/documents';
import type * as RunsPage from '@deja/dashboard/run-documents';
import type * as SeriesPages from '@deja/dashboard/series-documents';
import { expectTypeOf, test } from 'vitest';
import type { z } from 'zod';
import type { advice } from '../src/advice/schema.ts';
import type { entry, invalidated } from '../src/cache/schema.ts';
import type { explanation } from '../src/explain/schema.ts';
import type { history } from '../src/history/schema.ts';
import type { overview, receivers, workers } from '../src/operations/overview-schema.ts';
import type { canceledRun, runDetail, runList } from '../src/operations/runs-schema.ts';
import type { series, seriesList, seriesPlot } from '../src/operations/series-schema.ts';
import type { deliveries } from '../src/webhooks/schema.ts';

test('what the operators’ routes answer is what the page reads', () => {
  expectTypeOf<z.output<typeof overview>>().toExtend<Page.Overview>();
  expectTypeOf<z.output<typeof workers>>().toExtend<{ workers: Page.WorkerLine[] }>();
  expectTypeOf<z.output<typeof receivers>>().toExtend<{ receivers: Page.Receiver[] }>();
  expectTypeOf<z.output<typeof runList>>().toExtend<RunsPage.RunPage>();
  expectTypeOf<z.output<typeof runDetail>>().toExtend<RunsPage.RunDetail>();
  expectTypeOf<z.output<typeof canceledRun>>().toExtend<RunsPage.CanceledRun>();
  expectTypeOf<z.output<typeof history>>().toExtend<Page.History>();
  expectTypeOf<z.output<typeof seriesList>>().toExtend<SeriesPages.SeriesPage>();
  expectTypeOf<z.output<typeof series>>().toExtend<SeriesPages.Series>();
  expectTypeOf<z.output<typeof seriesPlot>>().toExtend<SeriesPages.SeriesPlot>();
});

test('what the cache and its webhooks answer is what the page reads', () => {
  expectTypeOf<z.output<typeof advice>>().toExtend<Page.Advice>();
  expectTypeOf<z.output<typeof explanation>>().toExtend<Page.Explanation>();
  expectTypeOf<z.output<typeof entry>>().toExtend<Page.Entry>();
  expectTypeOf<z.output<typeof invalidated>>().toExtend<Page.Invalidated>();
  expectTypeOf<z.output<typeof deliveries>>().toExtend<{ deliveries: Page.Delivery[] }>();
});
