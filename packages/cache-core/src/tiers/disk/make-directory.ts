import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Creates a directory with its parents, for this user alone. Node's `recursive` option does not return
 * where the system says ENOENT although the parent exists, as below /proc (Node 24.21): it tries again
 * for ever.
 */
export function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST' && statSync(path).isDirectory()) return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    if (statSync(dirname(path), { throwIfNoEntry: false })) throw error;
    makeDirectory(dirname(path));
    makeDirectory(path);
  }
}
