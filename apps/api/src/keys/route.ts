/** API keys: list, make, revoke, rotate. The text of a key is in no other answer than that of its making. */
import { newKeySchema, presentKey } from '@deja/keys';
import { InputError, issuesOf } from '@deja/models';
import type { RequestHandler } from 'express';
import { askedBy } from '../audit/audit.ts';
import type { ApiContext } from '../context.ts';
import type { Body } from '../http/held-body.ts';
import { queryOf } from '../http/query.ts';
import { listKeys } from './list-keys.ts';
import { keysQuery } from './schema.ts';

export function keysRoute({ keyStore }: ApiContext): RequestHandler {
  return async (req, res) => {
    const { all } = queryOf(req, keysQuery);
    res.json({ keys: await listKeys(keyStore, { withOld: all === 'true' }) });
  };
}

export function createKeyRoute({ keyStore, audit }: ApiContext): RequestHandler {
  return async (req, res) => {
    const body: Body = req.body;
    const parsed = newKeySchema.safeParse(body.takeJson());
    if (!parsed.success) throw new InputError(issuesOf(parsed.error));
    const { key, record } = await keyStore.create(parsed.data);
    audit.record(askedBy(req, record.tenant), 'key.created', record.id);
    res.status(201).json({ key, ...presentKey(record, Date.now()) });
  };
}

/** Where keys are on, the last one that could make others stays: it would take a shell to make one. */
export function revokeKeyRoute({ keyStore, keys, config, audit }: ApiContext): RequestHandler {
  const keepsAdmin = keys !== undefined && config.adminKeySha256 === undefined;
  return async (req, res) => {
    const record = await keyStore.revoke(String(req.params.id), { keepsAdmin });
    audit.record(askedBy(req, record.tenant), 'key.revoked', record.id);
    res.json(presentKey(record, Date.now()));
  };
}

export function rotateKeyRoute({ keyStore, audit }: ApiContext): RequestHandler {
  return async (req, res) => {
    const { key, record, replaced } = await keyStore.rotate(String(req.params.id));
    audit.record(askedBy(req, record.tenant), 'key.rotated', replaced.id);
    const now = Date.now();
    res.status(201).json({ key, ...presentKey(record, now), replaced: presentKey(replaced, now) });
  };
}
