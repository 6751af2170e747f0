import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv4 } from 'node:net';

const TYPE_A = 1;
const TYPE_AAAA = 28;
const NXDOMAIN = 3;

export interface NameServer extends AsyncDisposable {
  /** As a resolver wants it: address and port. */
  readonly address: string;
  /** How many questions it has been asked. */
  readonly questions: number;
}

/**
 * A name server for tests, which knows the addresses of some names. A name with none does not exist;
 * for a name that it does not know it is silent.
 */
export async function startNameServer(
  names: Readonly<Record<string, readonly string[]>>,
): Promise<NameServer> {
  const socket = createSocket('udp4');
  let questions = 0;
  socket.on('message', (query, from) => {
    questions += 1;
    const { name, type, end } = questionOf(query);
    const addresses = names[name];
    if (addresses === undefined) return;
    const family = type === TYPE_A ? isIPv4 : (address: string) => !isIPv4(address);
    const records = addresses.filter(family).map((address) => recordOf(type, address));
    const head = Buffer.from(query.subarray(0, 12));
    head.writeUInt16BE(0x8180 | (addresses.length === 0 ? NXDOMAIN : 0), 2);
    head.writeUInt16BE(records.length, 6);
    head.writeUInt32BE(0, 8);
    socket.send(
      Buffer.concat([head, query.subarray(12, end), ...records]),
      from.port,
      from.address,
    );
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    get questions() {
      return questions;
    },
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, 'close');
    },
  };
}

function questionOf(query: Buffer) {
  const labels: string[] = [];
  let at = 12;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  // The end of the name, then its type and its class.
  return { name: labels.join('.'), type: query.readUInt16BE(at + 1), end: at + 5 };
}

// The name is that of the question (0xc00c points to it), the class IN; kept for an hour.
function recordOf(type: number, address: string): Buffer {
  const data =
    type === TYPE_AAAA ? ipv6Bytes(address) : Buffer.from(address.split('.').map(Number));
  const head = Buffer.from([0xc0, 0x0c, 0, type, 0, 1, 0, 0, 0x0e, 0x10, 0, data.length]);
  return Buffer.concat([head, data]);
}

function ipv6Bytes(address: string): Buffer {
  const [before = '', after = ''] = address.split('::');
  const groups = (text: string) =>
    text === '' ? [] : text.split(':').map((g) => g.padStart(4, '0'));
  const [left, right] = [groups(before), groups(after)];
  const zeros = Array<string>(8 - left.length - right.length).fill('0000');
  return Buffer.from([...left, ...zeros, ...right].join(''), 'hex');
}
