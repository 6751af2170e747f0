// Writes many made-up series as CSV in long form (unique_id,ds,y): 60 days of sales each, the same every time.
//
//   node examples/make-series.ts 50 > examples/many.csv        (that is the file that is here)
//   node examples/make-series.ts 5000 > many.csv

/** The series number `at` of a made-up chain of shops. */
export function madeUpSeries(at, days = 60) {
  let state = at + 1;
  const chance = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  const level = 50 + 200 * chance();
  const slope = chance() - 0.4;
  const data = Array.from({ length: days }, (_, day) => ({
    ds: new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10),
    y:
      Math.round(
        100 *
          (level + slope * day + 15 * Math.sin((day * 2 * Math.PI) / 7) + 10 * (chance() - 0.5)),
      ) / 100,
  }));
  return { model_id: `shop-${String(at + 1).padStart(4, '0')}`, data };
}

if (import.meta.main ?? process.argv[1]?.endsWith('make-series.ts')) {
  const count = Number(process.argv[2] ?? 50);
  process.stdout.write('unique_id,ds,y\n');
  for (let at = 0; at < count; at += 1) {
    const { model_id: id, data } = madeUpSeries(at);
    process.stdout.write(data.map(({ ds, y }) => `${id},${ds},${y}\n`).join(''));
  }
}
