export { exitAfter, STOP_MESSAGE, stopRequested } from './lifecycle.ts';
export { createLogger, type Logger } from './logger.ts';
export { InvalidConfigError, loadConfig, loadConfigOrExit } from './settings.ts';
export { SharedBound } from './shared-bound.ts';
export {
  AggregatorRegistry,
  Counter,
  createRegistry,
  Gauge,
  Histogram,
  type Registry,
} from './telemetry.ts';
