// The nightly forecast: as many series as you like in, one CSV out, and a progress bar meanwhile. Ctrl-C and start again: what is
// done is in the cache.
//
//   node examples/nightly.ts 5000 forecasts.csv
//
// DEJA_URL is http://127.0.0.1:8000 unless you set it. In your own project: npm install @deja/client
import { open } from 'node:fs/promises';
import { Deja } from '@deja/client';
import { madeUpSeries } from './make-series.ts';

const count = Number(process.argv[2] ?? 5000);
const path = process.argv[3] ?? 'forecasts.csv';
const deja = new Deja({ baseUrl: process.env.DEJA_URL, apiKey: process.env.DEJA_API_KEY });
const stop = new AbortController();
process.once('SIGINT', () => stop.abort(new Error('stopped')));

// Your database goes here. The client takes no more series than it can send, however many there are.
async function* questions() {
  for (let at = 0; at < count; at += 1) yield { ...madeUpSeries(at), periods: 28 };
}

const out = await open(path, 'w');
await out.appendFile('unique_id,ds,yhat,yhat_lower,yhat_upper\n');
const startedAt = Date.now();
let done = 0;
let hits = 0;
let failed = 0;
try {
  for await (const { status, x_cache, body, model_id } of deja.many(
    'forecast',
    questions(),
    stop,
  )) {
    done += 1;
    if (x_cache === 'HIT') hits += 1;
    if (status === 200) {
      const rows = body.forecast.map((row) => [
        model_id,
        row.ds,
        row.yhat,
        row.yhat_lower,
        row.yhat_upper,
      ]);
      await out.appendFile(rows.map((row) => `${row.join(',')}\n`).join(''));
    } else {
      // One bad series is one line; the others go on.
      failed += 1;
      console.error(`\n${model_id}: ${body.detail ?? body.title}`);
    }
    if (process.stderr.isTTY) drawBar();
  }
} catch (error) {
  console.error(`\n${error.message}`);
  process.exitCode = 1;
}
await out.close();
const seconds = (Date.now() - startedAt) / 1000;
console.error(
  `\n${done} of ${count} series in ${path}: ${hits} hits, ${failed} failed, ${seconds.toFixed(1)} s`,
);

function drawBar() {
  const share = done / count;
  const perSecond = done / ((Date.now() - startedAt) / 1000 + 0.001);
  const leftS = Math.ceil((count - done) / perSecond);
  const bar = '█'.repeat(Math.round(share * 30)).padEnd(30, '░');
  process.stderr.write(`\r${bar} ${done}/${count}  ${perSecond.toFixed(0)}/s  ${leftS} s left  `);
}
