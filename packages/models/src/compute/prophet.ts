/** Prophet alone, without what is around it: for benchmarks. Loads the engine. */
export { fitProphet, isFitOf, type ProphetFit } from './engine.ts';
export { predictRows } from './predict.ts';
export { askedRows, seriesOf } from './series.ts';
export type { StanParameters } from './stan.ts';
