import { type Logger, pino } from 'pino';

export type { Logger };

/** Logs JSON lines on stdout. Log hosts and not URLs, so that no password of a Redis URL is logged. */
export function createLogger(name: string, level: string): Logger {
  return pino({ name, level, base: { name, pid: process.pid } });
}
