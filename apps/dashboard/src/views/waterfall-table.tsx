/** The waterfall is a table whose second column is the picture, so it is its own twin. */

import { seconds, shortId } from '../format/figures.ts';
import { clock } from '../format/time.ts';
import { ScrollRegion } from '../parts/scroll-region.tsx';
import type { Bar, Waterfall } from './waterfall.ts';

const LEGEND = [
  ['queued', 'waits'],
  ['running', 'computes'],
  ['failed', 'fails'],
  ['hit', 'stored, told'],
  ['job', 'a job, from when it asked'],
] as const;

export function WaterfallTable({ fall }: { fall: Waterfall }) {
  const at = (s: number) => `${((s / fall.lengthS) * 100).toFixed(2)}%`;
  return (
    <section aria-labelledby="h-fall">
      <div class="head">
        <h2 id="h-fall">What happened when</h2>
        <span class="note">Seconds since {clock(fall.startMs)} UTC</span>
        <ul class="legend">
          {LEGEND.map(([kind, text]) => (
            <li key={kind}>
              <i class={`key bar-${kind}`} /> {text}
            </li>
          ))}
        </ul>
      </div>
      <ScrollRegion label="Waterfall of the run">
        <table class="fall">
          <colgroup>
            <col class="w-name" />
            <col />
            <col class="w-n" />
            <col class="w-n" />
            <col class="w-how" />
          </colgroup>
          <thead>
            <tr>
              <th scope="col">Step or job</th>
              <th scope="col" class="bar">
                <span class="vh">When</span>
                <span class="track" aria-hidden="true">
                  {fall.ticksS.map((tick) => (
                    <s key={tick} style={{ left: at(tick) }}>
                      {seconds(tick)}
                    </s>
                  ))}
                </span>
              </th>
              <th scope="col" class="r">
                At, s
              </th>
              <th scope="col" class="r">
                Took, s
              </th>
              <th scope="col">Where or how</th>
            </tr>
          </thead>
          <tbody>
            {fall.steps.map((bar) => (
              <Row key={bar.id} bar={bar} fall={fall} at={at} />
            ))}
          </tbody>
          <tbody>
            <tr class="group">
              <th scope="rowgroup" colSpan={5}>
                {fall.jobs.length === 1
                  ? '1 job has this run'
                  : `${fall.jobs.length} jobs share this run`}
              </th>
            </tr>
            {fall.jobs.map((bar) => (
              <Row key={bar.id} bar={bar} fall={fall} at={at} />
            ))}
          </tbody>
        </table>
      </ScrollRegion>
    </section>
  );
}

interface RowProps {
  readonly bar: Bar;
  readonly fall: Waterfall;
  readonly at: (s: number) => string;
}

function Row({ bar, fall, at }: RowProps) {
  const { name, kind, fromS, toS, isOpen, isTold, note } = bar;
  const isJob = kind === 'job';
  return (
    <tr>
      <th scope="row">{isJob ? <code>{shortId(name, 5)}</code> : name}</th>
      <td class="bar">
        <span class="track" aria-hidden="true">
          {fall.ticksS.map((tick) => (
            <u key={tick} style={{ left: at(tick) }} />
          ))}
          {fall.endS !== undefined && <u class="stored" style={{ left: at(fall.endS) }} />}
          <i
            class={`${kind}${isOpen ? ' open' : ''}`}
            style={{ left: at(fromS), width: at(Math.max(0, toS - fromS)) }}
          />
          {isJob && <i class="join" style={{ left: at(fromS) }} />}
          {isTold && <i class="told" style={{ left: at(toS) }} />}
        </span>
      </td>
      <td class="r">{fromS.toFixed(2)}</td>
      <td class="r">
        {(toS - fromS).toFixed(2)}
        {isOpen ? ' …' : ''}
      </td>
      <td>{note}</td>
    </tr>
  );
}
