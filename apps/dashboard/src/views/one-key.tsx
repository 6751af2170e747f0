/** Looks into one key: where it lies and how long it lives. */
import { useState } from 'preact/hooks';
import { read, remove } from '../api/client.ts';
import type { Entry, Invalidated } from '../api/documents.ts';
import { bytes, milliseconds, seconds } from '../format/figures.ts';
import { when } from '../format/time.ts';
import { Confirm } from '../parts/confirm.tsx';
import { Empty, ProblemNote, say } from '../parts/notices.tsx';
import { problemFrom, useResource } from '../parts/resource.ts';
import { address, hrefOf, setQuery } from '../state/address.ts';

export function OneKey() {
  const { key } = address.value.query;
  const path = key === undefined ? undefined : `/cache/${encodeURIComponent(key)}`;
  const { value, problem, reload } = useResource(path, (signal) => read<Entry>(path ?? '', signal));
  const [asks, setAsks] = useState(false);
  const forget = async (isSure: boolean) => {
    setAsks(false);
    if (!isSure || path === undefined) return;
    try {
      await remove<Invalidated>(path);
      say('The entry is forgotten: its question is computed when it is asked again.');
    } catch (error) {
      say(`It was not forgotten: ${problemFrom(error).detail ?? 'unknown'}`);
    }
    reload();
  };
  return (
    <section class="c7" aria-labelledby="h-key">
      <h2 id="h-key">Look into a key</h2>
      <div class="field">
        <label for="f-key">Cache key: 64 hex digits, as X-Cache-Key tells it</label>
        <input
          id="f-key"
          class="mono"
          type="search"
          value={key ?? ''}
          spellcheck={false}
          onChange={(event) => setQuery({ key: event.currentTarget.value.trim() })}
        />
      </div>
      {key === undefined && (
        <p class="note">
          A run tells its key, and so does each answer of <a href={hrefOf(['try'])}>Try it</a>.
        </p>
      )}
      {problem?.status === 404 && (
        <Empty title="No tier holds this key.">It was never stored, or is gone by now.</Empty>
      )}
      {problem && problem.status !== 404 && <ProblemNote problem={problem} />}
      {value && (
        <>
          <EntryFacts entry={value} />
          <button type="button" class="harm" onClick={() => setAsks(true)}>
            Forget
          </button>
        </>
      )}
      {asks && (
        <Confirm
          title="Forget this entry?"
          consequence="Its answer is never used again; its question is computed when it is asked next."
          action="Forget 1 entry"
          onClose={(isSure) => void forget(isSure)}
        />
      )}
    </section>
  );
}

function EntryFacts({ entry }: { entry: Entry }) {
  const tiers = Object.entries(entry.tiers).map(([tier, state]) => `${tier} ${state}`);
  return (
    <dl class="kv">
      <dt>Model</dt>
      <dd>{entry.model}</dd>
      <dt>State</dt>
      <dd>
        {entry.state}, until {when(entry.state === 'fresh' ? entry.fresh_until : entry.stale_until)}
      </dd>
      <dt>Tiers</dt>
      <dd>{tiers.join(', ')}</dd>
      <dt>Age</dt>
      <dd>
        {seconds(entry.age)}; fresh for {seconds(entry.ttl)} more
      </dd>
      <dt>Size</dt>
      <dd>{bytes(entry.bytes)}</dd>
      <dt>Took</dt>
      <dd>{milliseconds(entry.compute_ms)}</dd>
      <dt>Tags</dt>
      <dd>{entry.tags.length === 0 ? 'none' : <code>{entry.tags.join(' ')}</code>}</dd>
    </dl>
  );
}
