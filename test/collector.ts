/** A collector of traces on loopback: takes OTLP over HTTP as protobuf, and reads what the tests look at. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

interface CollectedSpan {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty: the span begins its trace. */
  readonly parentId: string;
  readonly kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly events: readonly string[];
  readonly failed: boolean;
  readonly tookMs: number;
}

export interface Collector extends AsyncDisposable {
  readonly url: string;
  readonly spans: readonly CollectedSpan[];
  named(name: string): CollectedSpan[];
}

export async function startCollector(): Promise<Collector> {
  const spans: CollectedSpan[] = [];
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    if (req.url === '/v1/traces') spans.push(...spansIn(Buffer.concat(chunks)));
    res.writeHead(200, { 'Content-Type': 'application/x-protobuf' }).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    named: (name) => spans.filter((span) => span.name === name),
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** An ExportTraceServiceRequest of opentelemetry-proto 1.x; numbers are those of its fields. */
function spansIn(request: Buffer): CollectedSpan[] {
  return fieldsOf(request)
    .all(1)
    .map(fieldsOf)
    .flatMap((ofResource) => {
      const resource = attributesOf(ofResource.all(1).map(fieldsOf)[0]?.all(1) ?? []);
      const scopes = ofResource.all(2).map(fieldsOf);
      const service = String(resource['service.name']);
      return scopes.flatMap((scope) => scope.all(2).map((span) => spanOf(span, service)));
    });
}

const KINDS = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'] as const;

function spanOf(bytes: Buffer, service: string): CollectedSpan {
  const span = fieldsOf(bytes);
  const hex = (field: Fields, number: number) => field.all(number)[0]?.toString('hex') ?? '';
  const status = span.all(15).map(fieldsOf)[0];
  return {
    service,
    name: String(span.all(5)[0]),
    ...{ traceId: hex(span, 1), spanId: hex(span, 2), parentId: hex(span, 4) },
    kind: KINDS[Number(span.number(6))] ?? 'internal',
    attributes: attributesOf(span.all(9)),
    links: span.all(13).map((link) => ({
      traceId: hex(fieldsOf(link), 1),
      spanId: hex(fieldsOf(link), 2),
    })),
    events: span.all(11).map((event) => String(fieldsOf(event).all(2)[0])),
    failed: status?.number(3) === 2n,
    tookMs: Number((span.number(8) ?? 0n) - (span.number(7) ?? 0n)) / 1e6,
  };
}

function attributesOf(pairs: readonly Buffer[]): Record<string, string | number> {
  return Object.fromEntries(
    pairs.map(fieldsOf).map((pair) => {
      const value = fieldsOf(pair.all(2)[0] ?? Buffer.alloc(0));
      return [String(pair.all(1)[0]), value.all(1)[0]?.toString() ?? Number(value.number(3))];
    }),
  );
}

interface Fields {
  /** Strings, bytes and messages. */
  all(number: number): Buffer[];
  number(number: number): bigint | undefined;
}

/** The wire format of protobuf. */
function fieldsOf(bytes: Buffer): Fields {
  const found: { readonly number: number; readonly value: Buffer | bigint }[] = [];
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++] ?? 0;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const number = tag >> 3;
    if ((tag & 7) === 0) found.push({ number, value: varint() });
    else if ((tag & 7) === 1) {
      found.push({ number, value: bytes.readBigUInt64LE(at) });
      at += 8;
    } else if ((tag & 7) === 5) at += 4;
    else {
      const end = Number(varint()) + at;
      found.push({ number, value: bytes.subarray(at, end) });
      at = end;
    }
  }
  const of = (number: number) => found.filter((one) => one.number === number);
  return {
    all: (number) =>
      of(number)
        .map(({ value }) => value)
        .filter((value) => Buffer.isBuffer(value)),
    number: (number) =>
      of(number)
        .map(({ value }) => value)
        .find((value) => typeof value === 'bigint'),
  };
}
