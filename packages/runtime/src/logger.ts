import { type Logger, pino } from 'pino';

export type { Logger };

/**
 * Logs JSON lines on stdout. Log hosts and not URLs, so that no password of a Redis URL is logged.
 *
 * @param fields What each line has besides. Default: nothing.
 */
export function createLogger(name: string, level: string, fields?: () => object): Logger {
  return pino({ name, level, base: { name, pid: process.pid }, ...(fields && { mixin: fields }) });
}
