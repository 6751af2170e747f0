export { parseAllowedHosts } from './allowed-hosts.ts';
export {
  type Delivery,
  type DeliveryAttempt,
  type DeliveryState,
  type DeliveryVersion,
  deliveryOfStatus,
} from './delivery.ts';
export {
  DeliveryStore,
  type OutboxFigures,
  type Page,
  type RedeliverReply,
} from './delivery-store.ts';
export { HostGates, type HostGatesOptions, type Permit } from './host-gates.ts';
export { Outbox, type Sendable, type Settlement, type Taken } from './outbox.ts';
export type { FailureReason, SendOutcome } from './outcome.ts';
export type { Resolve } from './addresses.ts';
export { DEFAULT_SCHEDULE_S, type NextAttemptOptions, nextAttemptMs } from './schedule.ts';
export {
  type SendOptions,
  WebhookSender,
  type WebhookSenderOptions,
} from './sender.ts';
export { parseSecrets, type SignOptions, sign } from './signing.ts';
export { startWebhooks, type WebhooksOptions } from './start-webhooks.ts';
export {
  checkWebhookUrl,
  displayUrl,
  type UrlPolicy,
  type UrlRefusal,
  WebhookUrlError,
} from './url.ts';
