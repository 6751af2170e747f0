import type { Reply } from '../lua/reply.ts';
import type { Attempt } from './run.ts';

/** An attempt as START replied it. */
export function attemptOf(reply: Reply): Omit<Attempt, 'run' | 'attemptId'> {
  return {
    key: reply.text('key'),
    model: reply.text('model'),
    version: reply.number('version'),
    engine: reply.optionalText('engine'),
    tags: JSON.parse(reply.text('tags')),
    tenant: reply.optionalText('tenant'),
    store: reply.text('store') === '1',
    log: reply.text('log'),
    token: { epoch: reply.number('epoch'), seq: reply.number('seq'), id: reply.text('id') },
    runSeq: reply.number('runSeq'),
    tries: reply.number('tries'),
    input: reply.text('input'),
    bypassArtefacts: reply.text('bypassArtefacts') === '1',
    traces: reply.list('traces').map(String),
  };
}
