/** BullMQ's own view of the queues, for operators: runs that wait and that are being worked on. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import { type RequestHandler, Router } from 'express';
import type { ApiDependencies } from './dependencies.ts';

const PATH = '/admin/queues';

/** Read-only: what a run is and how it ends is not BullMQ's to change. */
export function bullBoardRoutes({ config, queues }: ApiDependencies): Router {
  const router = Router();
  if (!config.bullBoard) return router;
  const serverAdapter = new ExpressAdapter();
  serverAdapter.setBasePath(PATH);
  createBullBoard({
    queues: queues.all.map((queue) => new BullMQAdapter(queue, { readOnlyMode: true })),
    serverAdapter,
  });
  if (config.adminPassword !== undefined) router.use('/admin', basicAuth(config.adminPassword));
  router.use(PATH, serverAdapter.getRouter());
  return router;
}

/** HTTP Basic (RFC 7617) for the user `admin`; compared in constant time. */
function basicAuth(password: string): RequestHandler {
  const expected = digest(`Basic ${Buffer.from(`admin:${password}`).toString('base64')}`);
  return (req, res, next) => {
    if (timingSafeEqual(digest(req.get('authorization') ?? ''), expected)) return next();
    res.status(401).set('WWW-Authenticate', 'Basic realm="Deja"').end();
  };
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
