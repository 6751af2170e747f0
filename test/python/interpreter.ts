/** Finds a Python for the tests of its client, or installs Debian's pandas where root and apt are there. */
import { spawnSync } from 'node:child_process';

const CANDIDATES = ['python3', '/usr/bin/python3'];
/** What Debian has it in, by what is imported. matplotlib takes a minute more: tests use it if it is there. */
const PACKAGES = {
  pandas: 'python3-pandas',
  pip: 'python3-pip',
  setuptools: 'python3-setuptools',
  wheel: 'python3-wheel',
};

/** A Python that has all of these; undefined if there is none. */
export function pythonWith(...modules: string[]): string | undefined {
  const check = `import sys, importlib.util as u
has = all(u.find_spec(name) for name in ${JSON.stringify(modules)})
sys.exit(not has or sys.version_info < (3, 9))`;
  return [process.env.PYTHON ?? '', ...CANDIDATES].find(
    (path) => path !== '' && spawnSync(path, ['-c', check], { stdio: 'ignore' }).status === 0,
  );
}

export function setup(): void {
  const isRoot = process.getuid?.() === 0;
  const missing = Object.entries(PACKAGES).filter(([name]) => pythonWith(name) === undefined);
  if (missing.length > 0 && isRoot) {
    const names = missing.map(([, debian]) => debian).join(' ');
    const install = `apt-get update && apt-get install -y --no-install-recommends ${names}`;
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    spawnSync('sh', ['-c', install], { stdio: ['ignore', 'ignore', 'inherit'], env });
  }
  if (pythonWith() === undefined)
    throw new Error('no Python 3.9 or newer: install one, or name its program in PYTHON');
  for (const name of [...Object.keys(PACKAGES), 'matplotlib'])
    if (pythonWith(name) === undefined)
      console.warn(`Python has no ${name} here: the tests that need it are left out`);
}
