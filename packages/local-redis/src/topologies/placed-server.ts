import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RedisBinary } from '../debian.ts';
import { atFreePorts } from '../run-server.ts';
import { spawnRedis } from '../spawn-redis.ts';

/** A server that keeps its port and its data while it is killed and started again. */
export interface PlacedServer {
  /** With the password. */
  readonly url: string;
  readonly port: number;
  /** Of the process that runs now, or ran last. */
  readonly pid: number;
  /** Resolves when its process has ended. */
  kill(): Promise<void>;
  restart(): Promise<void>;
}

/** @param args More arguments; asked again if a port was taken. */
export async function placeServer(
  owned: AsyncDisposableStack,
  binary: RedisBinary,
  { password, args }: { password: string; args: () => Promise<readonly string[]> },
): Promise<PlacedServer> {
  const dir = mkdtempSync(join(tmpdir(), 'deja-topology-'));
  owned.defer(() => rmSync(dir, { recursive: true, force: true }));
  let used: readonly string[] = [];
  let server = await atFreePorts(async () => {
    used = await args();
    return await spawnRedis(binary, 'binary', { dir, password, args: used });
  });
  owned.defer(() => server.stop());
  const { url } = server;
  const port = Number(new URL(url).port);
  return {
    ...{ url, port },
    get pid() {
      return Number(server.pid);
    },
    async kill() {
      process.kill(Number(server.pid), 'SIGKILL');
      await server.stop();
    },
    async restart() {
      server = await spawnRedis(binary, 'binary', { dir, password, port, args: used });
    },
  };
}
