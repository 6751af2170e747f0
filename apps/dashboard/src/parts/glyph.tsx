/** A form for each meaning, so that colour is never alone. A word always stands beside it. */
const SHAPES = {
  hit: <rect x="1" y="1" width="10" height="10" fill="currentColor" />,
  stale: (
    <>
      <rect
        x="1.75"
        y="1.75"
        width="8.5"
        height="8.5"
        fill="none"
        stroke="currentColor"
        stroke-width="1.5"
      />
      <rect x="1" y="1" width="5" height="10" fill="currentColor" />
    </>
  ),
  miss: (
    <rect
      x="1.75"
      y="1.75"
      width="8.5"
      height="8.5"
      fill="none"
      stroke="currentColor"
      stroke-width="1.5"
    />
  ),
  bypass: <path d="M1 6H11" stroke="currentColor" stroke-width="2" />,
  queued: <circle cx="6" cy="6" r="4.25" fill="none" stroke="currentColor" stroke-width="1.5" />,
  running: (
    <>
      <circle cx="6" cy="6" r="4.25" fill="none" stroke="currentColor" stroke-width="1.5" />
      <path d="M6 1.5a4.5 4.5 0 0 1 0 9z" fill="currentColor" />
    </>
  ),
  succeeded: (
    <path d="M1.5 6.5 4.5 9.5 10.5 2.5" fill="none" stroke="currentColor" stroke-width="1.75" />
  ),
  failed: <path d="M2 2 10 10M10 2 2 10" fill="none" stroke="currentColor" stroke-width="2" />,
  warn: (
    <path
      d="M6 1 11.5 11H.5ZM6 4.5V7.5M6 8.6V9.6"
      fill="none"
      stroke="currentColor"
      stroke-width="1.25"
      stroke-linejoin="round"
    />
  ),
} as const;

export type GlyphName = keyof typeof SHAPES;

export function Glyph({ name }: { name: GlyphName }) {
  return (
    <svg class={`g c-${name}`} viewBox="0 0 12 12" aria-hidden="true">
      {SHAPES[name]}
    </svg>
  );
}

const OF_STATE: Readonly<Record<string, GlyphName>> = {
  queued: 'queued',
  retrying: 'queued',
  pending: 'queued',
  running: 'running',
  succeeded: 'succeeded',
  delivered: 'succeeded',
  answers: 'succeeded',
  up: 'succeeded',
  failed: 'failed',
  dead: 'failed',
  expired: 'failed',
  silent: 'failed',
  skipped: 'warn',
  rests: 'warn',
};

/** A state with its form. */
export function State({ of }: { of: string }) {
  return (
    <span class="st">
      <Glyph name={OF_STATE[of] ?? 'bypass'} />
      {of}
    </span>
  );
}
