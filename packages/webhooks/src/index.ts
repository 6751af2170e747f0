export { parseAllowedHosts } from './allowed-hosts.ts';
export { HostGates, type HostGatesOptions, type Permit } from './host-gates.ts';
export type { FailureReason, SendOutcome } from './outcome.ts';
export type { Resolve } from './resolve.ts';
export { DEFAULT_SCHEDULE_S, type NextAttemptOptions, nextAttemptMs } from './schedule.ts';
export {
  type SendOptions,
  WebhookSender,
  type WebhookSenderOptions,
} from './sender.ts';
export { parseSecrets, type SignOptions, sign } from './signing.ts';
export {
  checkWebhookUrl,
  displayUrl,
  type UrlPolicy,
  type UrlRefusal,
  WebhookUrlError,
} from './url.ts';
