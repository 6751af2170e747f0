/**
 * Sequences of requests to replay. All of them are synthetic, made from a seed: no traffic of a real
 * service was recorded. `day` has the shape of this API's own requests; the others each stress one
 * property of an eviction policy.
 */
import { logUniform, type Random, seeded, sizeBetween, zipf } from './random.ts';

/** What one key's answer takes and what it cost to compute. */
export interface Answer {
  readonly key: string;
  readonly bodyBytes: number;
  readonly computeMs: number;
}

export interface Trace {
  readonly name: string;
  readonly says: string;
  readonly requests: readonly Answer[];
}

const KB = 1000;

/** Collects requests; a key's answer is made up when it is first asked for. Keys are 64 long, as ours. */
class Recorder {
  readonly requests: Answer[] = [];
  readonly #answers = new Map<string, Answer>();

  ask(name: string, make: () => Omit<Answer, 'key'>): void {
    const key = name.padEnd(64);
    let answer = this.#answers.get(key);
    if (!answer) {
      answer = { key, ...make() };
      this.#answers.set(key, answer);
    }
    this.requests.push(answer);
  }
}

const forecast = (random: Random) => () => ({
  bodyBytes: sizeBetween(random, 3 * KB, 300 * KB),
  computeMs: logUniform(random, 100, 20_000),
});
const sentiment = () => ({ bodyBytes: 300, computeMs: 1 });

/**
 * 24 hours: 40 % forecasts, 60 % sentiments. A forecast's series grows by a point once a day, at an
 * hour of its own, and from then on has another key; its readers work in one of three time zones,
 * and ask for one of three horizons. From 2 to 3 o'clock a batch asks for every series once.
 */
function day(length: number): Trace {
  const random = seeded(101);
  const recorder = new Recorder();
  const series = Math.max(30, Math.round(length / 100));
  const rank = zipf(random, series, 0.8);
  const text = zipf(random, length, 0.9);
  const ask = (id: number, hour: number, horizon: number) => {
    const version = hour >= (id * 7) % 24 ? 'today' : 'yesterday';
    recorder.ask(`series ${id} ${version} ${horizon}`, forecast(random));
  };
  for (let i = 0; i < length; i += 1) {
    const hour = (i / length) * 24;
    if (hour >= 2 && hour < 3 && i % 3 === 0) {
      ask(Math.floor((hour - 2) * series), hour, 0);
      continue;
    }
    if (random() < 0.6) {
      recorder.ask(`text ${text()}`, sentiment);
      continue;
    }
    // Whoever is at work now, nine times out of ten.
    let id = rank();
    for (let tries = 0; tries < 8 && !isAtWork(id % 3, hour) && random() < 0.9; tries += 1)
      id = rank();
    const drawn = random();
    ask(id, hour, drawn < 0.7 ? 0 : drawn < 0.9 ? 1 : 2);
  }
  const says =
    'a simulated day of this API: forecasts and sentiments, three time zones, a nightly batch';
  return { name: 'day', says, requests: recorder.requests };
}

function isAtWork(zone: number, hour: number): boolean {
  const local = (hour + zone * 8) % 24;
  return local >= 8 && local < 18;
}

/** Nothing to gain but from how often a key is asked for. */
function equal(length: number): Trace {
  const random = seeded(102);
  const recorder = new Recorder();
  const rank = zipf(random, Math.ceil(length / 10), 0.9);
  for (let i = 0; i < length; i += 1)
    recorder.ask(`${rank()}`, () => ({ bodyBytes: 4 * KB, computeMs: 500 }));
  return {
    name: 'zipf',
    says: 'Zipf 0.9, all answers of one size and cost',
    requests: recorder.requests,
  };
}

function mixed(length: number): Trace {
  const random = seeded(103);
  const recorder = new Recorder();
  const rank = zipf(random, Math.ceil(length / 10), 0.9);
  for (let i = 0; i < length; i += 1) recorder.ask(`${rank()}`, forecast(random));
  return {
    name: 'cheap and dear',
    says: 'Zipf 0.9, 3 to 300 KB, 0.1 to 20 s, one independent of the other',
    requests: recorder.requests,
  };
}

/** Every tenth part of the trace ends in a scan of keys that nobody asks for again. */
function scans(length: number): Trace {
  const random = seeded(104);
  const recorder = new Recorder();
  const rank = zipf(random, Math.ceil(length / 20), 0.9);
  const period = length / 10;
  for (let i = 0; i < length; i += 1) {
    const key = i % period > period * 0.6 ? `scan ${i}` : `${rank()}`;
    recorder.ask(key, () => ({
      bodyBytes: sizeBetween(random, 3 * KB, 30 * KB),
      computeMs: logUniform(random, 500, 2000),
    }));
  }
  return {
    name: 'scans',
    says: 'Zipf 0.9, and 40 % of requests in scans of keys used once',
    requests: recorder.requests,
  };
}

/** One request in fifty brings a cheap answer a thousand times the size of the others. */
function big(length: number): Trace {
  const random = seeded(105);
  const recorder = new Recorder();
  const rank = zipf(random, Math.ceil(length / 10), 0.9);
  const bigRank = zipf(random, 100, 0.5);
  for (let i = 0; i < length; i += 1) {
    if (i % 50 === 0)
      recorder.ask(`big ${bigRank()}`, () => ({ bodyBytes: 1000 * KB, computeMs: 1000 }));
    else recorder.ask(`${rank()}`, () => ({ bodyBytes: KB, computeMs: 1000 }));
  }
  return {
    name: 'big ones',
    says: '1 KB answers, 2 % of requests for 1 MB at the same cost',
    requests: recorder.requests,
  };
}

/** What was dear and wanted in one tenth of the trace is never asked for again. */
function shifts(length: number): Trace {
  const random = seeded(106);
  const recorder = new Recorder();
  const rank = zipf(random, Math.ceil(length / 100), 0.9);
  for (let i = 0; i < length; i += 1) {
    const phase = Math.floor((i / length) * 10);
    recorder.ask(`${phase} ${rank()}`, () => ({
      bodyBytes: sizeBetween(random, 3 * KB, 300 * KB),
      // Phases get cheaper: what is left of an earlier one looks better than all that is asked for.
      computeMs: logUniform(random, 200, 1000) * 100 ** (1 - phase / 9),
    }));
  }
  return {
    name: 'shifts',
    says: 'ten working sets, one after the other, each cheaper than the last',
    requests: recorder.requests,
  };
}

export function createTraces(length: number): Trace[] {
  return [day, equal, mixed, scans, big, shifts].map((create) => create(length));
}
