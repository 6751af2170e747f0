/**
 * A tiny inference server: `POST /embed` with {"text"} answers a vector of the text's words.
 *
 *   PORT=9000 node examples/inference-server.mjs
 *
 * It streams lines, so that Deja can report progress: each is {"progress"} or, at the end, {"output"}.
 * A server that answers plain JSON works too.
 */
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

const DIMENSIONS = 16;

/** Every word adds 1 to one element of the vector, which is then scaled to length 1. */
function embed(words) {
  const vector = new Array(DIMENSIONS).fill(0);
  for (const word of words) {
    let hash = 0;
    for (const letter of word) hash = (hash * 31 + letter.codePointAt(0)) >>> 0;
    vector[hash % DIMENSIONS] += 1;
  }
  const length = Math.hypot(...vector);
  return vector.map((part) => Math.round((part / length) * 1e6) / 1e6);
}

const server = createServer(async (req, res) => {
  if (req.method !== 'POST' || req.url !== '/embed') return res.writeHead(404).end();
  let body = '';
  for await (const chunk of req) body += chunk;
  const words = String(JSON.parse(body).text)
    .toLowerCase()
    .match(/\p{L}+/gu);
  if (!words) {
    res.writeHead(422, { 'content-type': 'application/json' });
    return res.end(JSON.stringify({ message: 'no word in it' }));
  }
  res.writeHead(200, { 'content-type': 'application/x-ndjson' });
  for (const progress of [0.25, 0.5, 0.75]) {
    res.write(`${JSON.stringify({ progress, stage: 'thinking' })}\n`);
    await delay(200);
  }
  res.end(`${JSON.stringify({ output: { vector: embed(words) } })}\n`);
});

server.listen(Number(process.env.PORT ?? 9000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}/embed`);
});
