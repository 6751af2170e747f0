/** What was not delivered, why, and to whom; send it again. */
import { useState } from 'preact/hooks';
import { pathWith, post, read } from '../api/client.ts';
import type { Delivery, Receiver } from '../api/documents.ts';
import { amount, count, seconds, shortId } from '../format/figures.ts';
import { when } from '../format/time.ts';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { State } from '../parts/glyph.tsx';
import { Empty, ProblemNote, say } from '../parts/notices.tsx';
import { problemFrom, useResource } from '../parts/resource.ts';
import { address, hrefOf } from '../state/address.ts';
import { overview } from '../state/live.ts';
import { callTo } from './call.ts';
import { snippet } from './snippets.ts';

const LISTS = [
  ['dead', 'dead'],
  ['pending', 'pending'],
  ['over', 'over'],
] as const;
const LIMIT = 200;

export function WebhooksView() {
  const { status = 'dead' } = address.value.query;
  const figures = overview.value?.webhooks;
  const path = pathWith('/admin/deliveries', { status, limit: LIMIT });
  // Read again when their numbers change.
  const mark = `${figures?.dead} ${figures?.pending}`;
  const list = useResource(path, (signal) => read<{ deliveries: Delivery[] }>(path, signal), mark);
  const receivers = useResource(
    'receivers',
    (signal) => read<{ receivers: Receiver[] }>('/admin/receivers', signal),
    mark,
  );
  const deliveries = list.value?.deliveries ?? [];
  return (
    <>
      <section aria-labelledby="h-webhooks">
        <h1 id="h-webhooks">{titleOf(figures)}</h1>
        <nav class="seg" aria-label="Deliveries">
          {LISTS.map(([name, text]) => (
            <a
              key={name}
              href={hrefOf(['webhooks'], { status: name })}
              aria-current={status === name ? 'true' : undefined}
            >
              {text}
              {figures && name !== 'over' && <span class="n">{count(figures[name])}</span>}
            </a>
          ))}
        </nav>
        {list.problem && <ProblemNote problem={list.problem} />}
        {deliveries.length > 0 && (
          <>
            {status === 'dead' && deliveries.length > 1 && (
              <SendAll deliveries={deliveries} onSent={list.reload} />
            )}
            <DataTable
              label={`Webhooks: ${status}`}
              rows={deliveries}
              columns={columnsFor(list.reload)}
              keyOf={(delivery) => delivery.delivery_id}
            />
          </>
        )}
        {list.value && deliveries.length === 0 && <NoDeliveries status={status} />}
      </section>
      <Receivers receivers={receivers.value?.receivers ?? []} />
      {receivers.problem && <ProblemNote problem={receivers.problem} />}
    </>
  );
}

function titleOf(figures: { dead: number; pending: number; lag_s: number } | undefined): string {
  if (!figures) return 'Webhooks';
  if (figures.dead > 0) return `${amount(figures.dead, 'webhook is', 'webhooks are')} dead.`;
  if (figures.pending > 0)
    return `${amount(figures.pending, 'webhook is', 'webhooks are')} on the way; the oldest is due for ${seconds(figures.lag_s)}.`;
  return 'No webhook is dead or on its way.';
}

const pathOf = ({ job_id: job, delivery_id: id }: Delivery): string =>
  `/jobs/${encodeURIComponent(job)}/deliveries/${encodeURIComponent(id)}/redeliver`;

function columnsFor(onSent: () => void): readonly Column<Delivery>[] {
  return [
    { name: 'Delivery', cell: ({ delivery_id: id }) => <code title={id}>{shortId(id)}</code> },
    { name: 'State', cell: ({ status }) => <State of={status} /> },
    { name: 'To', cell: ({ url }) => url },
    { name: 'Event', cell: ({ type }) => <code>{type}</code> },
    { name: 'Made', isNumber: true, cell: (delivery) => when(delivery.created_at) },
    { name: 'Tries', isNumber: true, cell: ({ attempts }) => count(attempts) },
    { name: 'Last answer', cell: (delivery) => lastOf(delivery) },
    { name: 'Next try', isNumber: true, cell: (delivery) => when(delivery.next_attempt_at) },
    {
      name: 'Again',
      cell: (delivery) =>
        delivery.status === 'pending' ? '–' : <SendAgain delivery={delivery} onSent={onSent} />,
    },
  ];
}

function lastOf({ log, last_status_code: code }: Delivery): string {
  const outcome = log.at(-1)?.outcome;
  return [code, outcome].filter((each) => each !== undefined).join(' ') || '–';
}

function SendAgain({ delivery, onSent }: { delivery: Delivery; onSent: () => void }) {
  const send = async () => {
    const failed = await sendAgain(delivery);
    say(failed ?? `The webhook to ${new URL(delivery.url).host} is sent again.`);
    onSent();
  };
  return (
    <button type="button" onClick={() => void send()}>
      Send again
    </button>
  );
}

function SendAll({ deliveries, onSent }: { deliveries: readonly Delivery[]; onSent: () => void }) {
  const [isBusy, setBusy] = useState(false);
  const sendAll = async () => {
    if (isBusy) return;
    setBusy(true);
    let sent = 0;
    let refused: string | undefined;
    for (const delivery of deliveries) {
      const failed = await sendAgain(delivery);
      if (failed === undefined) sent += 1;
      else refused = failed;
    }
    setBusy(false);
    say(`${amount(sent, 'webhook is', 'webhooks are')} sent again.${refused ? ` ${refused}` : ''}`);
    onSent();
  };
  return (
    <div class="acts">
      <button type="button" aria-disabled={isBusy} onClick={() => void sendAll()}>
        {`Send all ${deliveries.length} again`}
      </button>
    </div>
  );
}

/** What went wrong, or undefined. */
async function sendAgain(delivery: Delivery): Promise<string | undefined> {
  try {
    await post(pathOf(delivery));
    return undefined;
  } catch (error) {
    return `Not sent: ${problemFrom(error).detail ?? problemFrom(error).title}.`;
  }
}

function NoDeliveries({ status }: { status: string }) {
  const body = {
    text: 'What a lovely day',
    webhook: { url: 'https://hooks.example.com/deja' },
  };
  return (
    <Empty
      title={status === 'over' ? 'No webhook yet.' : `No webhook is ${status}.`}
      command={snippet('curl', callTo('/predict', body))}
    >
      A question with a webhook makes one.
    </Empty>
  );
}

const RECEIVER_COLUMNS: readonly Column<Receiver>[] = [
  { name: 'Receiver', cell: ({ host }) => host },
  { name: 'State', cell: ({ state }) => <State of={state} /> },
  { name: 'Last status', isNumber: true, cell: (each) => each.last_status ?? '–' },
  { name: 'Tries', isNumber: true, cell: ({ attempts }) => count(attempts) },
  { name: 'Delivered', isNumber: true, cell: ({ delivered }) => count(delivered) },
  { name: 'Pending', isNumber: true, cell: ({ pending }) => count(pending) },
  { name: 'Dead', isNumber: true, cell: ({ dead }) => count(dead) },
  { name: 'Answers in, p95', isNumber: true, cell: (each) => seconds(each.p95_s) },
  { name: 'Rests until', isNumber: true, cell: (each) => when(each.rests_until) },
];

function Receivers({ receivers }: { receivers: readonly Receiver[] }) {
  if (receivers.length === 0) return null;
  return (
    <section aria-labelledby="h-receivers">
      <h2 id="h-receivers">Receivers</h2>
      <DataTable
        label="Receivers of webhooks"
        rows={receivers}
        columns={RECEIVER_COLUMNS}
        keyOf={({ host }) => host}
      />
    </section>
  );
}
