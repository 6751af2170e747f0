/** HTTP by hand, for tests of what clients of libraries never send, or do to their connections. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** A request as it goes over the wire. */
export function requestText(
  line: string,
  headers: Readonly<Record<string, string | number>>,
  body = '',
): string {
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${line} HTTP/1.1\r\n${fields.join('')}\r\n${body}`;
}

export async function openSocket(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {}); // 'close' follows
  await once(socket, 'connect');
  return socket;
}

/** Sends the text and resolves to the first answer, as far as it has come when the server closes. */
export async function exchange(url: string, text: string): Promise<RawAnswer> {
  const socket = await openSocket(url);
  socket.write(text);
  const answer = await readAnswer(socket);
  socket.destroy();
  return answer;
}

/** The next answer on the connection; status 0: there came none before it closed. */
export async function readAnswer(socket: Socket): Promise<RawAnswer> {
  const { promise: over, resolve } = Promise.withResolvers<RawAnswer>();
  let seen = '';
  const onData = (bytes: Buffer) => {
    seen += bytes.toString('latin1');
    const answer = parseAnswer(seen);
    if (answer.text.length >= Number(answer.headers['content-length'] ?? Infinity)) resolve(answer);
  };
  const onClose = () => resolve(parseAnswer(seen));
  socket.on('data', onData).once('close', onClose);
  const answer = await over;
  socket.off('data', onData).off('close', onClose);
  return answer;
}

function parseAnswer(seen: string): RawAnswer {
  const [head = '', ...rest] = seen.split('\r\n\r\n');
  const [line = '', ...fields] = head.split('\r\n');
  const headers = Object.fromEntries(
    fields.map((field) => {
      const [name = '', value = ''] = field.split(/: (.*)/s);
      return [name.toLowerCase(), value];
    }),
  );
  const isWhole = rest.length > 0;
  return {
    status: isWhole ? Number(line.split(' ')[1]) : 0,
    headers: isWhole ? headers : {},
    text: rest.join('\r\n\r\n'),
  };
}
