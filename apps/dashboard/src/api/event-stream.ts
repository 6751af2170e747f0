/** Reads server-sent events with fetch, because EventSource hides why a stream was refused. */
import { request } from './client.ts';

export interface ServerEvent {
  readonly event: string;
  readonly data: string;
}

/** Splits text into events; what is not complete yet stays for the next piece. */
export function createEventParser(): (piece: string) => ServerEvent[] {
  let rest = '';
  return (piece) => {
    const blocks = (rest + piece).replaceAll('\r\n', '\n').split('\n\n');
    rest = blocks.pop() ?? '';
    return blocks.flatMap((block) => {
      const lines = block.split('\n');
      const valuesOf = (name: string) =>
        lines
          .filter((line) => line.startsWith(`${name}:`))
          .map((line) => line.slice(name.length + 1).replace(/^ /, ''));
      const data = valuesOf('data');
      return data.length === 0
        ? []
        : [{ event: valuesOf('event').at(-1) ?? 'message', data: data.join('\n') }];
    });
  };
}

export async function* eventsOf(path: string, signal: AbortSignal): AsyncGenerator<ServerEvent> {
  const res = await request(path, { signal, headers: { Accept: 'text/event-stream' } });
  if (!res.body) return;
  const parse = createEventParser();
  const decoder = new TextDecoder();
  const reader = res.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield* parse(decoder.decode(value, { stream: true }));
  }
}
