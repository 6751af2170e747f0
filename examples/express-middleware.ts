// Sentiment of comments in an Express application: a middleware asks Deja, and never holds a request for long.
//
//   npm install express @deja/client
//   node examples/express-middleware.ts
//   curl localhost:3000/comments -H 'Content-Type: application/json' -d '{"text":"I love this"}'
//
// DEJA_URL is http://127.0.0.1:8000 unless you set it; PORT is 3000.
import { Deja, DejaProblemError, DejaTimeoutError } from '@deja/client';
import express from 'express';

const deja = new Deja({ baseUrl: process.env.DEJA_URL, apiKey: process.env.DEJA_API_KEY });

/** Sets req.sentiment, or leaves it out if Deja does not know within half a second. */
async function sentiment(req, res, next) {
  const left = new AbortController();
  res.once('close', () => left.abort());
  try {
    const { result, cache } = await deja.predict(
      { text: String(req.body?.text ?? '') },
      // A comment that was seen before is answered even while no worker runs.
      { wait: 0.5, cacheControl: 'max-stale=86400', signal: left.signal },
    );
    req.sentiment = result;
    res.set('X-Sentiment-From', cache.hit ? cache.tier : 'computed');
  } catch (error) {
    if (left.signal.aborted) return; // nobody waits any more
    // The text is refused: that is the client's mistake. All else must not keep anybody from commenting.
    if (error instanceof DejaProblemError && error.status === 422)
      return res.status(422).json({ errors: error.problem.errors });
    const isSlow = error instanceof DejaTimeoutError;
    console.error(isSlow ? `job ${error.job.id} goes on` : `no sentiment: ${error.message}`);
  }
  next();
}

const app = express();
app.post('/comments', express.json(), sentiment, (req, res) => {
  res.status(201).json({ text: req.body.text, sentiment: req.sentiment ?? 'not known yet' });
});

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}/`);
});
