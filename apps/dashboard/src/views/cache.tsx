/** Whether the cache answers, why not, and what another size would change. */

import { count, percent, seconds } from '../format/figures.ts';
import { overview } from '../state/live.ts';
import { AdviceSections } from './advice.tsx';
import { ForgetTag } from './forget-tag.tsx';
import { MissReasons } from './miss-reasons.tsx';
import { OneKey } from './one-key.tsx';
import { TiersTable } from './tiers-table.tsx';

export function CacheView() {
  const figures = overview.value;
  return (
    <>
      <section aria-labelledby="h-cache">
        <h1 id="h-cache">
          {figures?.hit_ratio_today === undefined
            ? 'Nothing has been asked today.'
            : `The cache answered ${percent(figures.hit_ratio_today)} of today’s questions.`}
        </h1>
        {figures && (
          <p class="lead">
            {count(figures.requests_today.hit)} hits, {count(figures.requests_today.stale)} stale,{' '}
            {count(figures.requests_today.miss)} misses, {count(figures.requests_today.bypass)}{' '}
            passed by; {seconds(figures.seconds_saved)} of computing saved.
          </p>
        )}
        {figures && <TiersTable tiers={figures.tiers} />}
      </section>
      {figures && <MissReasons reasons={figures.miss_reasons_day} />}
      <AdviceSections />
      <div class="cols">
        <OneKey />
        <ForgetTag />
      </div>
    </>
  );
}
