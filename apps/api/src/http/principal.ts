/** Who asks, as authentication found out. Routes read it here. */
import type { IncomingMessage } from 'node:http';
import type { Principal } from '@deja/keys';
import { ProblemError } from '../wire/problem.ts';

const principals = new WeakMap<IncomingMessage, Principal>();
const rechecks = new WeakMap<IncomingMessage, () => Promise<boolean>>();

/** @param isStillIn Whether it would still be let in. Default: it always is. */
export function setPrincipal(
  req: IncomingMessage,
  principal: Principal,
  isStillIn?: () => Promise<boolean>,
): void {
  principals.set(req, principal);
  if (isStillIn) rechecks.set(req, isStillIn);
}

/** Whether the key or session of a request still holds: its stream may outlast them. */
export const isStillAdmitted = async (req: IncomingMessage): Promise<boolean> =>
  (await rechecks.get(req)?.()) ?? true;

/** `EVERYBODY` while keys are off. Throws on an open route, where nobody has been asked. */
export function principalOf(req: IncomingMessage): Principal {
  const principal = principals.get(req);
  if (!principal) throw new Error('an open route has no principal');
  return principal;
}

/** The tenant that asks; undefined: keys are off, or nobody has been asked. */
export const tenantOf = (req: IncomingMessage): string | undefined => principals.get(req)?.tenant;

/** Whether what a tenant made may be read and changed with this key. */
export const isOwn = (
  { scopes, tenant }: Principal,
  made: { tenant: string | undefined },
): boolean => scopes.has('admin') || made.tenant === tenant;

export const mayAsk = ({ models }: Principal, model: string): boolean =>
  models === undefined || models.has(model);

/** @throws ProblemError if the key is not for this model. */
export function refuseOtherModels(req: IncomingMessage, model: string): void {
  const principal = principalOf(req);
  if (mayAsk(principal, model)) return;
  const detail = `the key ${principal.keyId} is not for the model ${JSON.stringify(model)}`;
  throw new ProblemError('model-not-allowed', detail);
}
