/** Is anything waiting, does the cache answer, and what needs a look. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { Glyph } from '../parts/glyph.tsx';
import { ProblemNote } from '../parts/notices.tsx';
import { useLastHour } from '../state/history.ts';
import { overview } from '../state/live.ts';
import { FirstSteps } from './first-steps.tsx';
import { hasNothing, headlineOf, looksOf } from './headline.ts';
import { NowPlots } from './now-plots.tsx';
import { LanesTable, ModelsTable, WorkersTable } from './now-tables.tsx';
import { NowTiles } from './now-tiles.tsx';

const ANNOUNCE_MS = 60_000;

/** Tells a changed headline to screen readers, at most once a minute. */
function Announced({ text }: { text: string }) {
  const [said, setSaid] = useState('');
  const saidAt = useRef(0);
  useEffect(() => {
    const waitMs = Math.max(0, saidAt.current + ANNOUNCE_MS - Date.now());
    const timer = setTimeout(() => {
      saidAt.current = Date.now();
      setSaid(text);
    }, waitMs);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <p class="vh" role="status">
      {said}
    </p>
  );
}

export function NowView() {
  const figures = overview.value;
  const hour = useLastHour();
  if (!figures)
    return (
      <section>
        <h1>Now</h1>
        <p class="lead">No figures yet.</p>
      </section>
    );
  if (hasNothing(figures)) return <FirstSteps figures={figures} />;
  const { title, lead, href, link } = headlineOf(figures);
  const looks = looksOf(figures);
  return (
    <>
      <section aria-labelledby="h-now">
        <h1 id="h-now">{title}</h1>
        <Announced text={title} />
        <p class="lead">
          {lead} {href !== undefined && <a href={href}>{link}</a>}
        </p>
        {looks.length > 0 && (
          <ul class="look" aria-label="Also needs a look">
            {looks.map((look) => (
              <li key={look.what}>
                <Glyph name={look.kind === 'bad' ? 'failed' : 'warn'} />
                <div>
                  <b>{look.what}</b> <span>{look.consequence}</span>
                </div>
                <a href={look.href}>{look.link}</a>
              </li>
            ))}
          </ul>
        )}
      </section>
      <NowTiles figures={figures} hour={hour.value} />
      {hour.problem && <ProblemNote problem={hour.problem} />}
      {hour.value && <NowPlots hour={hour.value} figures={figures} />}
      <div class="cols">
        <LanesTable figures={figures} />
        <WorkersTable />
      </div>
      <ModelsTable figures={figures} />
    </>
  );
}
