/** `GET /admin/overview`, `GET /admin/live`, `GET /admin/workers`, `GET /admin/receivers`, `GET /scale`. */
import type { LiveWorker, Receiver } from '@deja/jobs';
import { iso } from '@deja/wire';
import type { RequestHandler } from 'express';
import { seconds } from '../cache/figures.ts';
import type { ApiContext } from '../context.ts';
import { clientSignalOf } from '../http/client-signal.ts';
import { isStillAdmitted } from '../http/principal.ts';
import { openStream } from '../jobs/event-stream.ts';
import { ProblemError } from '../wire/problem.ts';
import { queuedMs, slotsWanted } from './lane-figures.ts';
import { LiveFigures, MAX_VIEWERS } from './live-figures.ts';
import { OverviewReader } from './overview.ts';

export function overviewRoutes(
  context: ApiContext,
): Readonly<Record<'overview' | 'stream', RequestHandler>> {
  const { log, stopping } = context;
  const reader = new OverviewReader(context);
  const live = new LiveFigures({
    read: () => reader.read(),
    onError: (err) => log.debug({ err }, 'live figures'),
  });
  const overview: RequestHandler = async (_req, res) => {
    res.json(await reader.read());
  };
  const stream: RequestHandler = (req, res) => {
    if (req.method === 'HEAD') return void openStream(res).end();
    if (live.viewers >= MAX_VIEWERS)
      throw new ProblemError('streams-full', `${MAX_VIEWERS} people look at the live figures`);
    const mayRead = () => isStillAdmitted(req);
    live.add(openStream(res), clientSignalOf(res, stopping), mayRead);
  };
  return { overview, stream };
}

export function workersRoute({ workers }: ApiContext): RequestHandler {
  return async (_req, res) => {
    res.json({ workers: (await workers.list()).map(presentWorker) });
  };
}

function presentWorker({ id, silentMs, slots, models, about }: LiveWorker) {
  const { host, pid, startedAt, memoryBytes, running = [] } = about ?? {};
  return {
    ...{ worker: id, host, pid },
    started_at: startedAt === undefined ? undefined : iso(startedAt),
    heartbeat_age_s: seconds(silentMs),
    ...{ slots, busy: running.length, memory_bytes: memoryBytes, models },
    running: running.map(({ run, model, lane, forMs }) => ({
      ...{ run, model, lane, for_s: seconds(forMs) },
    })),
  };
}

export function receiversRoute({ workers, deliveries }: ApiContext): RequestHandler {
  return async (_req, res) => {
    const [alive, byHost] = await Promise.all([workers.list(), deliveries.byHost()]);
    const known = new Map<string, Receiver[]>();
    for (const { about } of alive)
      for (const receiver of about?.receivers ?? [])
        known.set(receiver.host, [...(known.get(receiver.host) ?? []), receiver]);
    const hosts = [...new Set([...known.keys(), ...byHost.keys()])].sort();
    res.json({
      receivers: hosts.map((host) => ({
        host,
        ...presentReceiver(known.get(host) ?? []),
        ...(byHost.get(host) ?? { pending: 0, dead: 0 }),
      })),
    });
  };
}

/** @param seen What each worker knows of it. It answers if it answers one of them. */
function presentReceiver(seen: readonly Receiver[]) {
  const states = ['answers', 'silent', 'rests'] as const;
  const restsMs = Math.min(...seen.map((receiver) => receiver.restsMs));
  const state =
    states.find((each) => seen.some((receiver) => receiver.state === each)) ?? 'unknown';
  const sum = (what: 'attempts' | 'delivered') =>
    seen.reduce((all, receiver) => all + receiver[what], 0);
  const p95Ms = Math.max(...seen.map((receiver) => receiver.p95Ms ?? -1));
  const { lastStatus } = seen.find((receiver) => receiver.lastStatus !== undefined) ?? {};
  return {
    state,
    rests_until: state === 'rests' ? iso(Date.now() + restsMs) : undefined,
    last_status: lastStatus,
    ...{ attempts: sum('attempts'), delivered: sum('delivered') },
    p95_s: p95Ms < 0 ? undefined : seconds(p95Ms),
  };
}

/** From predicted work, for what starts and stops workers. */
export function scaleRoute({ work: reader }: ApiContext): RequestHandler {
  return async (_req, res) => {
    const work = await reader.read();
    const running = new Map<string, number>();
    for (const { about } of work.workers)
      for (const { lane } of about?.running ?? []) running.set(lane, (running.get(lane) ?? 0) + 1);
    const leftMs = work.leftMs.reduce((sum, ms) => sum + ms, 0);
    res.json({
      slots_wanted: slotsWanted(work),
      slots: work.slots,
      work_seconds: seconds(work.lanes.reduce((sum, lane) => sum + queuedMs(lane), leftMs)),
      oldest_wait_s: seconds(Math.max(...work.lanes.map(({ oldestMs }) => oldestMs))),
      by_lane: Object.fromEntries(
        work.lanes.map((lane) => [
          lane.lane,
          {
            queued: lane.queued,
            running: running.get(lane.lane) ?? 0,
            work_seconds: seconds(queuedMs(lane)),
            oldest_wait_s: seconds(lane.oldestMs),
          },
        ]),
      ),
    });
  };
}
