/** Load as wrk makes it: kept connections, each with one request on the way, as fast as it is answered. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { cpuOf } from '../usage.ts';

export interface Target {
  readonly name: string;
  readonly port: number;
  /** The process whose CPU counts, with those that it has started. */
  readonly pid: number;
  /** The whole request as it goes over the wire. */
  readonly request: Buffer;
}

export interface Measured {
  readonly perS: number;
  readonly cpuUs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const READ_BYTES = 64 * 1024;
const HEAD_END = Buffer.from('\r\n\r\n');

/** @throws if an answer is not a 200. */
export async function load(
  target: Target,
  { connections, ms }: { readonly connections: number; readonly ms: number },
): Promise<Measured> {
  const times: number[] = [];
  const before = cpuMs(target.pid);
  const start = performance.now();
  const until = start + ms;
  await Promise.all(Array.from({ length: connections }, () => ask(target, until, times)));
  const seconds = (performance.now() - start) / 1000;
  const cpu = cpuMs(target.pid) - before;
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor((times.length - 1) * share)] as number;
  return {
    perS: times.length / seconds,
    cpuUs: (cpu * 1000) / times.length,
    ...{ p50Ms: at(0.5), p99Ms: at(0.99) },
  };
}

/** One connection, until the time is over. */
async function ask({ port, request, name }: Target, until: number, times: number[]): Promise<void> {
  let sentAt = 0;
  let left = 0; // bytes of the answer that have not come
  let trouble: Error | undefined;
  const send = () => {
    sentAt = performance.now();
    socket.write(request);
  };
  const onRead = (bytes: number, buffer: Uint8Array): boolean => {
    if (left === 0) {
      const head = Buffer.from(buffer.buffer, buffer.byteOffset, bytes);
      const end = head.indexOf(HEAD_END);
      const text = head.toString('latin1', 0, end);
      const length = /\r\ncontent-length: (\d+)/i.exec(text)?.[1];
      if (end < 0 || length === undefined || !text.startsWith('HTTP/1.1 200'))
        trouble = new Error(`${name} answered ${head.toString().slice(0, 200)}`);
      left = end + HEAD_END.length + Number(length);
    }
    left -= bytes;
    if (trouble) socket.destroy();
    else if (left === 0) {
      const now = performance.now();
      times.push(now - sentAt);
      if (now < until) send();
      else socket.destroy();
    }
    return true;
  };
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  const socket = connect({ port, host: '127.0.0.1', onread: { buffer, callback: onRead } });
  socket.setNoDelay(true);
  await once(socket, 'connect');
  send();
  await once(socket, 'close');
  if (trouble) throw trouble;
}

function cpuMs(pid: number): number {
  const { own, children } = cpuOf(pid);
  return own + children;
}
