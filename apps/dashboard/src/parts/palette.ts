/** Colours of the theme for the canvas, which knows no custom properties. */
export type Token =
  | 'hit'
  | 'stale'
  | 'miss'
  | 'bypass'
  | 'failed'
  | 'queued'
  | 'running'
  | 'ink'
  | 'ink-2'
  | 'ink-3'
  | 'line'
  | 'band'
  | 'paper';

/** A custom property may hold `light-dark()`; only a colour that is in use is resolved. */
export function colourOf(token: Token, host: HTMLElement): string {
  const probe = document.createElement('span');
  probe.hidden = true;
  probe.style.color = `var(--${token})`;
  host.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
