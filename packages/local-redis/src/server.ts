export interface RedisOptions {
  /** Where the data stays after `stop`. Default: a temporary directory that `stop` removes. */
  readonly dir?: string;
  /** Default: a free port. */
  readonly port?: number;
  /** Also for its primary, if it is a replica. Default: the one kept in `dir`, or a random one. */
  readonly password?: string;
  /** Write every change to an append-only file. Default: false. */
  readonly appendOnly?: boolean;
  /** More arguments for redis-server, e.g. `['--maxmemory', '10mb']`. Default: none. */
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

export interface RedisServer extends AsyncDisposable {
  /** With the password. */
  readonly url: string;
  readonly source: 'env' | 'binary' | 'docker' | 'debian';
  /** The server's pid, if we started the process. */
  readonly pid: number | undefined;
  readonly stop: () => Promise<void>;
}
