/** Times against lengths, both logarithmic, as an SVG that needs no script and reads on light and dark. */

export interface Curve {
  readonly name: string;
  /** Length of a series, and ms. */
  readonly points: readonly (readonly [length: number, ms: number])[];
}

const WIDTH = 640;
const HEIGHT = 360;
const LEFT = 60;
const RIGHT = 150;
const TOP = 20;
const BOTTOM = 45;
const COLOURS = ['#2563eb', '#d97706', '#6b7280'];

export function plot(title: string, curves: readonly Curve[]): string {
  const all = curves.flatMap(({ points }) => points);
  const x = axis(
    all.map(([length]) => length),
    [LEFT, WIDTH - RIGHT],
  );
  const y = axis(
    all.map(([, ms]) => ms),
    [HEIGHT - BOTTOM, TOP],
  );
  const grid = [
    ...x.ticks.map((at) => [
      `<line x1="${x.of(at)}" y1="${TOP}" x2="${x.of(at)}" y2="${HEIGHT - BOTTOM}"/>`,
      `<text x="${x.of(at)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${label(at)}</text>`,
    ]),
    ...y.ticks.map((at) => [
      `<line x1="${LEFT}" y1="${y.of(at)}" x2="${WIDTH - RIGHT}" y2="${y.of(at)}"/>`,
      `<text x="${LEFT - 8}" y="${y.of(at) + 4}" text-anchor="end">${label(at)}</text>`,
    ]),
  ].flat();
  const lines = curves.flatMap(({ name, points }, at) => {
    const colour = COLOURS[at % COLOURS.length];
    const places = points.map(([length, ms]) => [x.of(length), y.of(ms)] as const);
    const [endX, endY] = places.at(-1) ?? [0, 0];
    return [
      `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${places.join(' ')}"/>`,
      ...places.map(
        ([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}" stroke="none"/>`,
      ),
      `<text x="${endX + 10}" y="${endY + 4}" fill="${colour}" stroke="none">${name}</text>`,
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" font-family="sans-serif" font-size="12">`,
    `<title>${title}</title>`,
    `<g stroke="#9ca3af" stroke-width="0.5" fill="#6b7280">`,
    ...grid.map((element) => element.replace('<text', '<text stroke="none"')),
    '</g>',
    ...lines,
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 8}" text-anchor="middle" fill="#6b7280">points</text>`,
    `<text x="14" y="${TOP + 4}" fill="#6b7280">ms</text>`,
    '</svg>',
    '',
  ].join('\n');
}

/** Powers of ten around the values. */
function axis(values: readonly number[], [from, to]: readonly [number, number]) {
  const logs = values.map(Math.log10);
  const least = Math.floor(Math.min(...logs));
  const most = Math.ceil(Math.max(...logs));
  return {
    ticks: Array.from({ length: most - least + 1 }, (_, at) => 10 ** (least + at)),
    of: (value: number) =>
      Math.round(10 * (from + ((to - from) * (Math.log10(value) - least)) / (most - least))) / 10,
  };
}

function label(value: number): string {
  return value < 1 ? String(value) : value.toLocaleString('en-US');
}
