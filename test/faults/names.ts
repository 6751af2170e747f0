/** The names on the queue Redis, as docs/operations.md tells them: written out here on purpose. */
export interface Names {
  readonly prefix: string;
  readonly queuePrefix: string;
  readonly notifier: string;
}

export const LANES = ['short', 'long', 'bulk', 'refresh'] as const;

export const namesOf = (namespace: string): Names => ({
  prefix: `${namespace}:f2:{d0}:`,
  queuePrefix: `${namespace}:f2:{d0}:bull`,
  notifier: `${namespace}:f2:{d0}:notify`,
});
