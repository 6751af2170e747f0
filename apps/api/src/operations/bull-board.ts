/** BullMQ's own page of the queues, for operators: waiting runs and active runs. */
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import { type RequestHandler, Router } from 'express';
import type { ApiContext } from '../context.ts';
import { htmlPolicy } from '../http/html-policy.ts';

const PATH = '/admin/queues';

/** Read-only, because the state of a run is not in BullMQ. */
export function bullBoardRoutes(
  { config, queues }: ApiContext,
  operatorsOnly: RequestHandler,
): Router {
  const router = Router();
  if (!config.bullBoard) return router;
  const serverAdapter = new ExpressAdapter();
  serverAdapter.setBasePath(PATH);
  createBullBoard({
    queues: queues.all.map((queue) => new BullMQAdapter(queue, { readOnlyMode: true })),
    serverAdapter,
  });
  router.use(PATH, htmlPolicy, operatorsOnly, serverAdapter.getRouter());
  return router;
}
