/** Bars in groups, as an SVG that needs no script and reads on light and dark. */

export interface Group {
  readonly name: string;
  /** From 0 to 1; longer bars are cut. */
  readonly bars: readonly { readonly name: string; readonly share: number }[];
}

const WIDTH = 640;
const LABELS = 190;
const BAR = 16;
const GAP = 34;
const FULL = WIDTH - LABELS - 60;
const COLOURS: Readonly<Record<string, string>> = { Deja: '#2563eb' };
const OTHER = '#9ca3af';

export function plotBars(title: string, groups: readonly Group[]): string {
  let y = 0;
  const drawn = groups.flatMap(({ name, bars }) => {
    y += GAP;
    const heading = `<text x="${LABELS}" y="${y - 8}" fill="#6b7280" font-weight="bold">${name}</text>`;
    const lines = bars.flatMap((bar) => {
      const length = Math.round(FULL * Math.min(bar.share, 1));
      const middle = y + BAR - 4;
      const line = [
        `<text x="${LABELS - 8}" y="${middle}" text-anchor="end" fill="#6b7280">${bar.name}</text>`,
        `<rect x="${LABELS}" y="${y + 2}" width="${length}" height="${BAR - 4}" fill="${COLOURS[bar.name] ?? OTHER}"/>`,
        `<text x="${LABELS + length + 6}" y="${middle}" fill="#6b7280">${bar.share.toFixed(2)}</text>`,
      ];
      y += BAR;
      return line;
    });
    return [heading, ...lines];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 12}" role="img" font-family="sans-serif" font-size="12">`,
    `<title>${title}</title>`,
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}
