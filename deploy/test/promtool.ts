/** Finds promtool, or takes it out of Debian's package prometheus, where apt is there. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ROOT } from './files.ts';

const KEPT = fileURLToPath(new URL('.deja/prometheus', ROOT));
const PATHS = ['/usr/bin/promtool', '/usr/local/bin/promtool', `${KEPT}/usr/bin/promtool`];

/** Nothing is installed: the package would also start a server. It has 19 MB. */
const EXTRACT =
  'apt-get update; apt-get -o APT::Sandbox::User=root download prometheus && dpkg-deb --extract *.deb . && rm *.deb';

/** @throws Error with what to do, where there is none. */
function findPromtool(): string {
  const find = () => [process.env.PROMTOOL ?? '', ...PATHS].find((path) => existsSync(path));
  const found = find();
  if (found !== undefined) return found;
  mkdirSync(KEPT, { recursive: true });
  spawnSync('sh', ['-c', EXTRACT], { cwd: KEPT, stdio: ['ignore', 'ignore', 'inherit'] });
  const path = find();
  if (path === undefined)
    throw new Error('no promtool: install Prometheus, or name the program in PROMTOOL');
  return path;
}

/** What it writes. @throws Error with what it writes, if it finds a mistake. */
export function promtool(...args: readonly string[]): string {
  return execFileSync(findPromtool(), args, { encoding: 'utf8', stdio: 'pipe' });
}
