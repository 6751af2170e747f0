export { type Entry, HostGates, type HostGatesOptions } from './host-gates.ts';
export { DEFAULT_SCHEDULE_S, type NextAttemptOptions, nextAttemptMs } from './schedule.ts';
export {
  type FailureReason,
  type Resolve,
  type SendOptions,
  type SendOutcome,
  WebhookSender,
  type WebhookSenderOptions,
} from './sender.ts';
export { parseSecrets, type SignOptions, sign } from './signing.ts';
export {
  checkWebhookUrl,
  displayUrl,
  parseAllowedHosts,
  type UrlPolicy,
  type UrlRefusal,
  WebhookUrlError,
} from './url.ts';
