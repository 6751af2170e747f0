/**
 * Debian's redis-server, unpacked (not installed) into the user's cache directory: no root, no
 * service started on port 6379, and nothing to clean up but that directory.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir, platform } from 'node:os';
import { join } from 'node:path';
import { findOnPath } from './find-on-path.ts';

export interface RedisBinary {
  readonly path: string;
  /** Directories with the shared libraries that it needs, for LD_LIBRARY_PATH. */
  readonly libraryPath?: string;
}

/** Returns undefined if this is not Debian or Ubuntu, or its packages are unavailable. */
export function unpackDebianRedis(env: NodeJS.ProcessEnv): RedisBinary | undefined {
  if (platform() !== 'linux') return undefined;
  if (!findOnPath(['apt-get'], env.PATH) || !findOnPath(['dpkg'], env.PATH)) return undefined;

  const cache = join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'deja', 'redis');
  const root = join(cache, 'root');
  const triplet = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  const binary = {
    path: join(root, 'usr/bin/redis-server'),
    libraryPath: [join(root, 'usr/lib', triplet), join(root, 'lib', triplet)].join(':'),
  };
  if (existsSync(binary.path)) return binary;

  mkdirSync(cache, { recursive: true });
  const staging = mkdtempSync(join(cache, 'staging-'));
  try {
    if (!download(staging)) return undefined;
    try {
      renameSync(join(staging, 'root'), root);
    } catch (error) {
      // Another process has unpacked it meanwhile; use that.
      if (!existsSync(binary.path)) throw error;
    }
    return binary;
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

/** Fetches the packages into `dir` and unpacks them into `dir/root`. */
function download(dir: string): boolean {
  const debs = join(dir, 'debs');
  const lists = join(dir, 'lists');
  const archives = join(dir, 'archives');
  const root = join(dir, 'root');
  for (const each of [debs, root, join(lists, 'partial'), join(archives, 'partial')])
    mkdirSync(each, { recursive: true });
  const options = [
    `Dir::State::Lists=${lists}`,
    `Dir::Cache::Archives=${archives}`,
    'Dir::Cache::pkgcache=',
    'Dir::Cache::srcpkgcache=',
    'Debug::NoLocking=1',
    'APT::Sandbox::User=',
    'Acquire::Languages=none',
    'Acquire::http::Timeout=15',
    'Acquire::Retries=2',
  ].flatMap((option) => ['-o', option]);
  const run = (command: string, args: readonly string[]) =>
    spawnSync(command, args, {
      cwd: debs,
      encoding: 'utf8',
      timeout: 120_000,
      env: { ...process.env, LC_ALL: 'C' },
    });

  run('apt-get', [...options, 'update', '-qq']);
  // The packages that `install` would fetch; redis-tools holds the real binary.
  const plan = run('apt-get', [
    ...options,
    'install',
    '--print-uris',
    '-qq',
    '--no-install-recommends',
    'redis-server',
  ]);
  const planned = [...plan.stdout.matchAll(/\/([a-z0-9.+-]+)_[^/]+\.deb/g)].map(([, name]) => name);
  const packages = planned.length > 0 ? planned : ['redis-server', 'redis-tools', 'liblzf1'];
  const wanted = [...new Set(packages)].filter((name) => name !== undefined);
  if (run('apt-get', [...options, 'download', '-qq', ...wanted]).status !== 0) return false;
  for (const file of readdirSync(debs)) {
    if (file.endsWith('.deb') && run('dpkg', ['-x', join(debs, file), root]).status !== 0)
      return false;
  }
  return existsSync(join(root, 'usr/bin/redis-server'));
}
