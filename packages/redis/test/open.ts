/** Connections whose log lines a test reads. */
import { openRedisConnections } from '../src/index.ts';

export const SOON = { timeout: 15_000, interval: 20 };

interface Line {
  readonly level: 'warn' | 'info';
  readonly reason?: string;
}

export function openTo(url: string, role: 'queue' | 'cache' = 'queue', probeKey = 'p:none') {
  const lines: Line[] = [];
  const connections = openRedisConnections({
    ...{ url, role, probeKeys: [probeKey] },
    log: {
      warn: (fields) => void lines.push({ level: 'warn', ...fields }),
      info: (fields) => void lines.push({ level: 'info', ...fields }),
    },
  });
  return {
    connections,
    lines,
    reasons: () => lines.flatMap(({ reason }) => reason ?? []),
    [Symbol.dispose]: () => connections[Symbol.dispose](),
  };
}
