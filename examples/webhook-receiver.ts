// Receives Deja's webhooks, verifies them and prints them. Needs Node 22.18 or newer, and nothing else:
//
//   WEBHOOK_SECRET=whsec_… node examples/webhook-receiver.ts
//
// PORT is 9000 unless you set it. `npm start` keeps its secret in .deja/webhook-secret. This receiver is
// neither https nor at a public address, so Deja needs WEBHOOK_ALLOW_HTTP=true and
// WEBHOOK_ALLOWED_HOSTS=127.0.0.1 to call it. Then ask with
//
//   "webhook": {"url": "http://127.0.0.1:9000/"}
//
// In your own application, use the package `standardwebhooks` in place of `reasonToRefuse`.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

const MAX_BODY_BYTES = 1024 * 1024;
const TOLERANCE_S = 5 * 60;

// While secrets are changed, Deja signs with several. A receiver can also know several.
const keys = (process.env.WEBHOOK_SECRET ?? '')
  .split(/\s+/)
  .filter((secret) => secret.startsWith('whsec_'))
  .map((secret) => Buffer.from(secret.slice('whsec_'.length), 'base64'));
if (keys.length === 0) {
  console.error('WEBHOOK_SECRET must be the whsec_… that Deja signs with');
  process.exit(1);
}

/** Why a call does not come from Deja, or undefined if it does. `body`: the bytes as they arrived. */
function reasonToRefuse(headers, body) {
  const id = headers['webhook-id'];
  const timestamp = headers['webhook-timestamp'];
  const signatures = headers['webhook-signature'];
  if (!id || !timestamp || !signatures) return 'a webhook header is missing';
  // Without this check, somebody could replay a recorded call for ever.
  const ageS = Date.now() / 1000 - Number(timestamp);
  if (!(Math.abs(ageS) <= TOLERANCE_S)) return 'the timestamp is too old or too new';
  const isSigned = keys.some((key) => {
    const hmac = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body);
    const expected = Buffer.from(`v1,${hmac.digest('base64')}`);
    return signatures.split(' ').some((text) => {
      const signature = Buffer.from(text);
      return signature.length === expected.length && timingSafeEqual(signature, expected);
    });
  });
  return isSigned ? undefined : 'no signature matches';
}

// A webhook arrives at least once, and the same id is the same webhook. A real application remembers the
// ids that it has handled for days, where a restart does not lose them.
const seen = new Set();

async function receive(req, res) {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of req) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return res.writeHead(413, { connection: 'close' }).end();
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  const reason = reasonToRefuse(req.headers, body);
  if (reason !== undefined) {
    console.error(`refused: ${reason}`);
    return res.writeHead(401).end();
  }
  // Answer first, work later: an answer after 15 s counts as failed, and the webhook comes again.
  res.writeHead(204).end();
  const id = req.headers['webhook-id'];
  const event = JSON.parse(body.toString());
  const again = seen.has(id) ? ' (again)' : '';
  seen.add(id);
  console.log(`${event.type}${again} ${id}\n${JSON.stringify(event.data, null, 2)}`);
}

const server = createServer((req, res) => {
  receive(req, res).catch((error) => console.error(`broken off: ${error.message}`));
});

server.listen(Number(process.env.PORT || 9000), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}/`);
});
