/**
 * The channel between a worker and a slot: a socket of their own, which models do not know of. A frame
 * is its length and a structured clone. What a frame says is checked by whoever gets it.
 */
import type { Socket } from 'node:net';
import { deserialize, serialize } from 'node:v8';
import { MAX_REPLY_BYTES } from '@deja/models';

/** File descriptors of a slot: its channel, and what its watchdog reports. */
export const CHANNEL_FD = 3;
export const REPORTS_FD = 4;

const HEADER_BYTES = 4;

/** @param onBroken What came is no frame, or too long a one. Nothing more is read. */
export function receive(
  socket: Socket,
  onFrame: (frame: unknown) => void,
  onBroken: () => void,
): void {
  let chunks: Buffer[] = [];
  let bytes = 0;
  let wanted = HEADER_BYTES;
  const onData = (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    while (bytes >= wanted) {
      const all = Buffer.concat(chunks);
      const end = HEADER_BYTES + all.readUInt32BE(0);
      const isWhole = all.length >= end;
      chunks = [isWhole ? all.subarray(end) : all];
      bytes -= isWhole ? end : 0;
      wanted = isWhole ? HEADER_BYTES : end;
      if (end > MAX_REPLY_BYTES) throw new RangeError('too long a frame');
      if (isWhole) onFrame(deserialize(all.subarray(HEADER_BYTES, end)));
    }
  };
  socket.on('data', (chunk: Buffer) => {
    try {
      onData(chunk);
    } catch {
      socket.removeAllListeners('data').resume();
      onBroken();
    }
  });
  socket.on('error', () => {}); // its end says more
}

/** Throws if the frame is too long. */
export function send(socket: Socket, frame: unknown): void {
  const body = serialize(frame);
  if (body.length > MAX_REPLY_BYTES - HEADER_BYTES)
    throw new RangeError(`more than ${MAX_REPLY_BYTES} bytes at once`);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(body.length);
  socket.write(Buffer.concat([header, body]));
}
