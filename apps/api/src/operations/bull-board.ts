/** BullMQ's own view of the queues, for operators: runs that wait and that are being worked on. */
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import { Router } from 'express';
import type { ApiContext } from '../context.ts';
import { adminOnly } from '../http/admin-only.ts';

const PATH = '/admin/queues';

/** Read-only: what a run is and how it ends is not BullMQ's to change. */
export function bullBoardRoutes({ config, queues }: ApiContext): Router {
  const router = Router();
  if (!config.bullBoard) return router;
  const serverAdapter = new ExpressAdapter();
  serverAdapter.setBasePath(PATH);
  createBullBoard({
    queues: queues.all.map((queue) => new BullMQAdapter(queue, { readOnlyMode: true })),
    serverAdapter,
  });
  router.use(PATH, adminOnly(config), serverAdapter.getRouter());
  return router;
}
