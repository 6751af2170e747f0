export { parseAllowedHosts } from './allowed-hosts.ts';
export type { Delivery, DeliveryState, DeliveryVersion } from './delivery.ts';
export { DeliveryStore, type OutboxFigures } from './delivery-store.ts';
export { HostGates, type HostGatesOptions, type Permit } from './host-gates.ts';
export { Outbox, type Settlement } from './outbox.ts';
export { WebhookSender, type WebhookSenderOptions } from './sender.ts';
export { parseSecrets, secretOfTenant, sign } from './signing.ts';
export { startWebhooks, type WebhooksOptions } from './start-webhooks.ts';
export { checkWebhookUrl, displayUrl, type UrlPolicy, WebhookUrlError } from './url.ts';
