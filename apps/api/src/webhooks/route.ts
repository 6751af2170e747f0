/** Deliveries of webhooks: list those of a job, send one again, list those of all jobs. */
import type { Delivery } from '@deja/webhooks';
import type { RequestHandler } from 'express';
import { askedBy } from '../audit/audit.ts';
import type { ApiContext } from '../context.ts';
import { isOwn, principalOf } from '../http/principal.ts';
import { found as ownJob } from '../jobs/route.ts';
import { ProblemError, type ProblemName } from '../wire/problem.ts';
import { jsonReply, send } from '../wire/reply.ts';
import { deliveryView } from './present-delivery.ts';

const REFUSALS = {
  unknown: 'delivery-unknown',
  pending: 'delivery-pending',
  expired: 'delivery-gone',
} as const satisfies Record<string, ProblemName>;

const WHICH = ['dead', 'pending', 'over'] as const;
const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

/** Deliveries are kept longer than their job. */
export function jobDeliveriesRoute({ deliveries, jobs }: ApiContext): RequestHandler {
  return async (req, res) => {
    const id = String(req.params.id);
    const found = await deliveries.ofJob(id);
    const [first] = found;
    if (!first) ownJob(req, await jobs.read(id));
    else if (!isOwn(principalOf(req), first)) throw new ProblemError('job-unknown', `no job ${id}`);
    send(res, jsonReply({ deliveries: found.map(deliveryView) }));
  };
}

/** Starts the delivery's schedule again, now. */
export function redeliverRoute({ deliveries, audit }: ApiContext): RequestHandler {
  return async (req, res) => {
    const { id, delivery } = req.params;
    const made = await deliveryOf(String(id), String(delivery));
    if (!made || !isOwn(principalOf(req), made))
      throw new ProblemError('delivery-unknown', `the job has no delivery ${delivery}`);
    const reply = await deliveries.redeliver(made.id);
    if (reply !== 'ok') throw new ProblemError(REFUSALS[reply]);
    audit.record(askedBy(req, made.tenant), 'delivery.redelivered', made.id);
    const again = await deliveryOf(String(id), made.id);
    send(res, jsonReply(deliveryView(again ?? made), { status: 202 }));
  };

  async function deliveryOf(job: string, delivery: string): Promise<Delivery | undefined> {
    return (await deliveries.ofJob(job)).find((each) => each.id === delivery);
  }
}

/** For operators only, because it names everybody's jobs. */
export function deliveriesRoute({ deliveries }: ApiContext): RequestHandler {
  return async (req, res) => {
    const query = new URL(req.originalUrl, 'http://localhost').searchParams;
    const status = query.get('status') ?? 'dead';
    const which = WHICH.find((each) => each === status);
    if (!which) throw new ProblemError('malformed-request', `status is one of ${WHICH.join(', ')}`);
    const limit = numberOf(query, 'limit', DEFAULT_LIMIT, MAX_LIMIT);
    const offset = numberOf(query, 'offset', 0, Number.MAX_SAFE_INTEGER);
    const found = await deliveries.list(which, { offset, limit });
    send(res, jsonReply({ deliveries: found.map(deliveryView) }));
  };
}

function numberOf(query: URLSearchParams, name: string, fallback: number, max: number): number {
  const text = query.get(name) ?? String(fallback);
  if (!/^\d{1,15}$/.test(text) || Number(text) > max)
    throw new ProblemError('malformed-request', `${name} is a number up to ${max}`);
  return Number(text);
}
