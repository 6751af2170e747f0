/** Finds a Chromium for the tests of the page, or installs Debian's where root and apt are there. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** @throws Error with what to do, where there is none. */
export function chromiumPath(): string {
  const found = [process.env.CHROMIUM ?? '', ...PATHS].find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new Error(
    'no Chromium: install the package chromium, or name the program of one in CHROMIUM',
  );
}

export function setup(): void {
  const isRoot = process.getuid?.() === 0;
  if (!PATHS.some((path) => existsSync(path)) && !process.env.CHROMIUM && isRoot) {
    const install = 'apt-get update && apt-get install -y --no-install-recommends chromium';
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    spawnSync('sh', ['-c', install], { stdio: ['ignore', 'ignore', 'inherit'], env });
  }
  chromiumPath();
}
