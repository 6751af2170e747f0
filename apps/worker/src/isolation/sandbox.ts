/**
 * What a slot's process may do and see: Node's permission model, and the variables of its environment.
 * It reads the code of Deja and what lies beside the modules of the models. It starts no process,
 * loads no native code and writes no file, unless a model says that it must (`permissions`).
 */
import { readdirSync, realpathSync } from 'node:fs';
import { dirname, join, parse, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LoadModelsOptions } from '@deja/models';

/** `off`: no permission model. */
export type Permissions = readonly string[] | 'off';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const CODE = ['apps/worker', 'packages', 'node_modules'].map((dir) => join(ROOT, dir));
const VARIABLES = [
  ...['PATH', 'HOME', 'USER', 'TMPDIR', 'LANG', 'LC_*', 'TZ', 'LD_LIBRARY_PATH'],
  ...['NODE_ENV', 'NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
];

/** Flags of the process. */
export function permissionFlags(permissions: Permissions, models: LoadModelsOptions): string[] {
  if (permissions === 'off') return [];
  const { modulePaths = [], cwd } = models;
  const modules = modulePaths.flatMap((path) => besides(resolve(cwd, path)));
  const own = permissions.flatMap((permission) => {
    const [what, path] = permission.split(/=(.*)/s);
    return path === undefined ? [`--allow-${what}`] : pathFlags(String(what), resolve(cwd, path));
  });
  return [
    ...['--permission', '--allow-worker', '--disable-warning=SecurityWarning'],
    '--no-experimental-sqlite', // it opens files without asking for permission (Node 24.21)
    ...[...CODE, ...modules].flatMap((path) => pathFlags('fs-read', path)),
    ...own,
  ];
}

/** A file, or a directory with all that is in it. */
function pathFlags(what: string, path: string): string[] {
  return [`--allow-${what}=${path}`, `--allow-${what}=${join(path, '*')}`];
}

/** A module, the files beside it but for hidden ones (`.env`, `.git`), and the packages that it may import. */
function besides(module: string): string[] {
  const { root } = parse(module);
  const dir = dirname(module);
  const packages: string[] = [];
  for (let at = dir; ; at = dirname(at)) {
    packages.push(join(at, 'node_modules'));
    if (at === root) break;
  }
  try {
    const real = realpathSync(module);
    const names = dir === root ? [] : readdirSync(dir);
    const hidden = names.some((name) => name.startsWith('.'));
    const files = hidden ? names.filter((name) => !name.startsWith('.')) : ['.'];
    const beside = dir === root ? [] : files.map((name) => join(dir, name));
    return [module, ...beside, ...packages, ...(real === module ? [] : besides(real))];
  } catch {
    return [module, ...packages]; // loading it says what is wrong
  }
}

/**
 * The environment of the process.
 *
 * @param names Variables besides those that every program needs; `*` at the end stands for any rest.
 */
export function slotEnvOf(
  names: readonly string[] = [],
  env: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const wanted = [...VARIABLES, ...names];
  const isWanted = (name: string) =>
    wanted.some((want) =>
      want.endsWith('*') ? name.startsWith(want.slice(0, -1)) : name === want,
    );
  return Object.fromEntries(Object.entries(env).filter(([name]) => isWanted(name)));
}
