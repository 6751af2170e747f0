/**
 * Splits bytes into lines of UTF-8. A line longer than `maxBytes` is passed on cut, as soon as it
 * is too long; its rest is dropped.
 */
import { StringDecoder } from 'node:string_decoder';

export interface LineReader {
  push(chunk: Uint8Array): void;
  /** Ends the input: the bytes after the last line feed are also a line. */
  end(): void;
}

export function createLineReader(
  maxBytes: number,
  onLine: (line: string, isCut: boolean) => void,
): LineReader {
  const decoder = new StringDecoder('utf8');
  let parts: string[] = [];
  let bytes = 0;
  let isCut = false;

  const take = (piece: Uint8Array) => {
    if (isCut) return;
    const room = piece.subarray(0, maxBytes - bytes);
    bytes += room.length;
    parts.push(decoder.write(Buffer.from(room)));
    if (room.length === piece.length) return;
    isCut = true;
    onLine(text(), true);
  };
  const text = () => {
    const line = parts.join('') + decoder.end();
    parts = [];
    return line;
  };
  const finish = () => {
    const wasCut = isCut;
    isCut = false;
    bytes = 0;
    if (!wasCut) onLine(text().replace(/\r$/, ''), false);
  };
  return {
    push(chunk) {
      let from = 0;
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
        take(chunk.subarray(from, at));
        finish();
        from = at + 1;
      }
      if (from < chunk.length) take(chunk.subarray(from));
    },
    end() {
      if (bytes > 0) finish();
    },
  };
}
