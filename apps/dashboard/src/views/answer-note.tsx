import type { Answered } from '../api/client.ts';
import { milliseconds, seconds } from '../format/figures.ts';
import { Glyph, type GlyphName } from '../parts/glyph.tsx';
import { hrefOf } from '../state/address.ts';
import type { Question } from './question.ts';

export interface AskedOnce {
  readonly question: Question;
  readonly answered: Answered<unknown>;
  readonly tookMs: number;
}

const GLYPHS: Readonly<Record<string, GlyphName>> = {
  HIT: 'hit',
  STALE: 'stale',
  MISS: 'miss',
  BYPASS: 'bypass',
};

/** How the cache came to the answer. */
export function AnswerNote({ asked: { answered, tookMs } }: { asked: AskedOnce }) {
  const { xCache = '', tier, reason, key, ageS } = answered;
  return (
    <p class="say">
      <Glyph name={GLYPHS[xCache] ?? 'queued'} />
      <b>{xCache}</b> in {milliseconds(tookMs)}
      {tier !== undefined && `, from ${tier}`}
      {ageS !== undefined && `, ${seconds(ageS)} old`}
      {reason !== undefined && (
        <>
          {' '}
          because of <code>{reason}</code>
        </>
      )}
      . {key !== undefined && <a href={hrefOf(['cache'], { key })}>Look into its key</a>}
    </p>
  );
}
