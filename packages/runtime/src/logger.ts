import { type Logger, pino } from 'pino';

export type { Logger };

/** JSON lines on stdout. A Redis URL's password never gets into them: log hosts, not URLs. */
export function createLogger(name: string, level: string): Logger {
  return pino({ name, level, base: { name, pid: process.pid } });
}

/** Host and port of a URL, without its credentials. */
export function hostOf(url: string): string {
  return new URL(url).host;
}
