/** An hour's line in a tile. What is unknown is a gap. Decoration: the figures have their own table. */
export type Values = readonly (number | null)[];

const WIDTH = 120;
const HEIGHT = 32;

/**
 * A value between two gaps is a dot.
 *
 * @param topAt The value at the upper edge. Default: the greatest.
 */
export function sparkPath(values: Values, topAt?: number): string {
  const top = Math.max(topAt ?? 0, ...values.map((each) => each ?? 0)) || 1;
  let pen = 'M';
  const parts = values.map((each, at) => {
    if (each === null) {
      pen = 'M';
      return '';
    }
    const x = values.length < 2 ? WIDTH : (at / (values.length - 1)) * WIDTH;
    const point = `${pen}${x.toFixed(1)} ${(HEIGHT - (each / top) * (HEIGHT - 2) - 1).toFixed(1)}`;
    const isLone = pen === 'M' && (values[at + 1] ?? null) === null;
    pen = 'L';
    return isLone ? `${point}h0.1` : point;
  });
  return parts.join('');
}

interface Props {
  readonly values: Values | undefined;
  readonly tone: string;
  readonly topAt?: number;
}

export function Spark({ values = [], tone, topAt }: Props) {
  return (
    <svg
      class={`spark t-${tone}`}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path class="ref" d={`M0 ${HEIGHT - 1}H${WIDTH}`} />
      <path class="ln" d={sparkPath(values, topAt) || 'M0 0'} />
    </svg>
  );
}
