import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The first of `names`, in their order, that lies in a directory of `path`. */
export function findOnPath(names: readonly string[], path = ''): string | undefined {
  const dirs = path.split(delimiter).filter(Boolean);
  for (const name of names) {
    for (const dir of dirs) if (existsSync(join(dir, name))) return join(dir, name);
  }
  return undefined;
}
