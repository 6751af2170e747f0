/**
 * A TCP proxy on loopback that misbehaves on demand. It stands between a client and a real server,
 * for faults that a server cannot produce itself.
 *
 *  - until a fault is requested, it passes on every byte and every end of a connection;
 *  - as a black hole, it accepts and reads but passes on nothing, not even the end of a connection.
 *    When it is healed, it passes on in order what it held back, as after a partition;
 *  - a cut reply ends exactly at the requested byte.
 */
import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';

export interface FaultProxy extends AsyncDisposable {
  readonly port: number;
  /** The target's address with this proxy in its place. */
  readonly url: string;
  /** Connections that clients have open now. */
  readonly connections: number;
  /** After the return, no byte passes in either direction. */
  blackhole(): void;
  /**
   * After the return, requests pass but no reply does. Resolves when the server has replied to the
   * next request, so has executed it.
   */
  holdReplies(): Promise<void>;
  /** Passes bytes so slowly that no reply is complete in time, without ever being silent. Each direction. */
  trickle(bytesPerS: number): void;
  /** The server sends FIN on the current connections and continues to receive. */
  halfClose(): void;
  /** Ends `blackhole`, `holdReplies`, `trickle` and `delay`. Bytes that were held back pass at once. */
  heal(): void;
  /** Resets every open connection (RST on both sides). */
  reset(): void;
  /** New connections go to this server, like those to an address that follows a failover. */
  moveTo(target: string): void;
  /** Delays every byte by this time, in each direction. Unit: ms. */
  delay(ms: number): void;
  /**
   * Lets this many more bytes of replies pass, over all connections, and closes the connection that
   * exceeds them; the rest of that reply is lost. Happens once: after that everything passes again.
   */
  dropAfterBytes(bytes: number): void;
  close(): Promise<void>;
}

interface Faults {
  held: boolean;
  /** Set while replies are held back; called for each. */
  onHeldReply: (() => void) | undefined;
  delayMs: number;
  /** 0: no bound. */
  bytesPerS: number;
  replyBytesLeft: number;
}

/** @param target URL of the server; its port must be part of it. */
export async function createFaultProxy(target: string): Promise<FaultProxy> {
  let { hostname, port: targetPort } = new URL(target);
  const faults: Faults = {
    held: false,
    onHeldReply: undefined,
    delayMs: 0,
    bytesPerS: 0,
    replyBytesLeft: Number.POSITIVE_INFINITY,
  };
  const links = new Set<Link>();
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = createConnection({
      host: hostname,
      port: Number(targetPort),
      noDelay: true,
    });
    const link: Link = new Link(client, upstream, faults, () => links.delete(link));
    links.add(link);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = new URL(target);
  url.host = `127.0.0.1:${port}`;

  const close = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const link of [...links]) link.reset();
    await closed;
  };
  return {
    port,
    url: url.href,
    get connections() {
      return links.size;
    },
    blackhole: () => {
      faults.held = true;
    },
    holdReplies: () =>
      new Promise((resolve) => {
        faults.onHeldReply = resolve;
      }),
    heal: () => {
      Object.assign(faults, { held: false, onHeldReply: undefined, delayMs: 0, bytesPerS: 0 });
      for (const link of [...links]) link.flush();
    },
    reset: () => {
      for (const link of [...links]) link.reset();
    },
    trickle: (bytesPerS) => {
      faults.bytesPerS = bytesPerS;
    },
    halfClose: () => {
      for (const link of [...links]) link.halfClose();
    },
    moveTo: (other) => {
      ({ hostname, port: targetPort } = new URL(other));
    },
    delay: (ms) => {
      faults.delayMs = ms;
    },
    dropAfterBytes: (bytes) => {
      faults.replyBytesLeft = bytes;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** A client's connection, and our connection to the server on its behalf. */
class Link {
  readonly #client: Socket;
  readonly #upstream: Socket;
  readonly #requests: Lane;
  readonly #replies: Lane;

  constructor(client: Socket, upstream: Socket, faults: Faults, onEnd: () => void) {
    this.#client = client;
    this.#upstream = upstream;
    const cut = (lastBytes: Buffer) => {
      client.end(lastBytes, () => client.destroy());
      upstream.destroy();
    };
    this.#requests = new Lane(upstream, faults);
    this.#replies = new Lane(client, faults, cut);
    client.on('data', (bytes) => this.#requests.take(bytes));
    upstream.on('data', (bytes) => {
      this.#replies.take(bytes);
      faults.onHeldReply?.();
    });
    for (const socket of [client, upstream]) socket.on('error', () => {}); // 'close' follows
    client.on('close', () => {
      onEnd();
      this.#requests.take('end');
    });
    upstream.on('close', () => this.#replies.take('end'));
  }

  flush(): void {
    this.#requests.flush();
    this.#replies.flush();
  }

  halfClose(): void {
    this.#client.end();
  }

  reset(): void {
    resetSocket(this.#client);
    resetSocket(this.#upstream);
  }
}

/**
 * libuv refuses to reset a socket that is shutting down or not connected yet, and Node 24.21 then
 * never closes its handle: the process spins for ever when it exits.
 */
function resetSocket(socket: Socket): void {
  if (socket.readyState === 'open' && !socket.writableEnded) socket.resetAndDestroy();
  else socket.destroy();
}

/** One direction of a link: a queue of bytes that arrived and may not leave yet. */
class Lane {
  readonly #to: Socket;
  readonly #faults: Faults;
  readonly #cut: ((lastBytes: Buffer) => void) | undefined;
  readonly #queue: { readonly what: Buffer | 'end'; readonly dueAt: number }[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(to: Socket, faults: Faults, cut?: (lastBytes: Buffer) => void) {
    this.#to = to;
    this.#faults = faults;
    this.#cut = cut;
  }

  take(what: Buffer | 'end'): void {
    this.#queue.push({ what, dueAt: performance.now() + this.#faults.delayMs });
    this.flush();
  }

  flush(): void {
    clearTimeout(this.#timer);
    const isReply = this.#cut !== undefined;
    while (!this.#faults.held && !(isReply && this.#faults.onHeldReply)) {
      const next = this.#queue[0];
      if (next === undefined) return;
      const leftMs = this.#faults.delayMs === 0 ? 0 : next.dueAt - performance.now();
      if (leftMs > 0) {
        this.#timer = setTimeout(() => this.flush(), Math.ceil(leftMs));
        return;
      }
      this.#queue.shift();
      const { bytesPerS } = this.#faults;
      if (bytesPerS > 0 && next.what !== 'end') {
        this.#pass(next.what.subarray(0, 1));
        if (next.what.byteLength > 1)
          this.#queue.unshift({ what: next.what.subarray(1), dueAt: next.dueAt });
        this.#timer = setTimeout(() => this.flush(), 1000 / bytesPerS);
        return;
      }
      this.#pass(next.what);
    }
  }

  #pass(what: Buffer | 'end'): void {
    if (this.#to.destroyed) return;
    if (what === 'end') {
      this.#to.destroySoon();
      return;
    }
    const left = this.#faults.replyBytesLeft;
    if (this.#cut === undefined || what.byteLength <= left) {
      if (this.#cut !== undefined) this.#faults.replyBytesLeft -= what.byteLength;
      this.#to.write(what);
      return;
    }
    this.#faults.replyBytesLeft = Number.POSITIVE_INFINITY;
    this.#queue.length = 0;
    this.#cut(what.subarray(0, left));
  }
}
