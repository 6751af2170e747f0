/**
 * The channel between a worker and a slot: a socket of their own, which models do not know of.
 *
 *   u32 bytes of the rest | u32 bytes of JSON | a message, JSON | its long text
 *
 * A message's long text is what one side computes and the other one passes on: it is not quoted. Bytes
 * within a message are base64. A structured clone takes ten times as long for a short message
 * (measured 2026-11, Node 24.21). What a message says is checked by whoever gets it.
 */
import type { Socket } from 'node:net';
import { MAX_REPLY_BYTES } from '@deja/models';

/** File descriptors of a slot: its channel, and what its watchdog reports. */
export const CHANNEL_FD = 3;
export const REPORTS_FD = 4;

/** The member that holds the long text, by who sends it. */
export type LongText = 'input' | 'payload';

const SIZE_BYTES = 4;

/**
 * @param long     Where a long text goes that came.
 * @param onBroken What came is no frame, or too long a one. Nothing more is read.
 */
export function receive(
  socket: Socket,
  long: LongText,
  onMessage: (message: unknown) => void,
  onBroken: () => void,
): void {
  let chunks: Buffer[] = [];
  let bytes = 0;
  let wanted = SIZE_BYTES;
  const onData = (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    while (bytes >= wanted) {
      const all = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
      const end = SIZE_BYTES + all.readUInt32BE(0);
      const isWhole = all.length >= end;
      bytes -= isWhole ? end : 0;
      chunks = bytes === 0 ? [] : [isWhole ? all.subarray(end) : all];
      wanted = isWhole ? SIZE_BYTES : end;
      if (end > MAX_REPLY_BYTES) throw new RangeError('too long a frame');
      if (isWhole) onMessage(messageIn(all.subarray(SIZE_BYTES, end), long));
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
export function send(socket: Socket, message: object, long: LongText): void {
  const { [long]: text = '', ...rest } = message as Partial<Record<LongText, string>>;
  const json = JSON.stringify(rest, bytesAsText);
  const jsonBytes = Buffer.byteLength(json);
  const bytes = 2 * SIZE_BYTES + jsonBytes + Buffer.byteLength(text);
  if (bytes > MAX_REPLY_BYTES) throw new RangeError(`more than ${MAX_REPLY_BYTES} bytes at once`);
  const frame = Buffer.allocUnsafe(bytes);
  frame.writeUInt32BE(bytes - SIZE_BYTES, 0);
  frame.writeUInt32BE(jsonBytes, SIZE_BYTES);
  frame.write(json, 2 * SIZE_BYTES);
  frame.write(text, 2 * SIZE_BYTES + jsonBytes);
  socket.write(frame);
}

function messageIn(frame: Buffer, long: LongText): unknown {
  const textAt = SIZE_BYTES + frame.readUInt32BE(0);
  if (textAt > frame.length) throw new RangeError('a frame that ends in the middle of its message');
  const message = JSON.parse(frame.toString('utf8', SIZE_BYTES, textAt));
  return textAt < frame.length ? { ...message, [long]: frame.toString('utf8', textAt) } : message;
}

/** `value` is what `toJSON` made of it. */
function bytesAsText(this: Readonly<Record<string, unknown>>, name: string, value: unknown) {
  const own = this[name];
  if (!(own instanceof Uint8Array)) return value;
  return Buffer.from(own.buffer, own.byteOffset, own.byteLength).toString('base64');
}
