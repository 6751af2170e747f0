import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Creates a directory with its parents, for this user alone. Other processes may create the same ones
 * meanwhile. Node's `recursive` option does not return where the system says ENOENT although the parent
 * exists, as below /proc (Node 24.21): it tries again for ever.
 */
export function makeDirectory(path: string): void {
  if (make(path) === undefined) return;
  if (dirname(path) !== path) makeDirectory(dirname(path));
  const missing = make(path);
  if (missing) throw missing;
}

/** Returns the error that it has no parent, or that the system says so. */
function make(path: string): Error | undefined {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    if (error.code === 'ENOENT') return error;
    if (error.code !== 'EEXIST' || !statSync(path).isDirectory()) throw error;
  }
}
