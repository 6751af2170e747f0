/** Forgets all that has a tag, or everything. */
import { useState } from 'preact/hooks';
import { pathWith, remove } from '../api/client.ts';
import type { Invalidated } from '../api/documents.ts';
import { amount } from '../format/figures.ts';
import { Confirm } from '../parts/confirm.tsx';
import { say } from '../parts/notices.tsx';
import { problemFrom } from '../parts/resource.ts';
import { overview } from '../state/live.ts';

export function ForgetTag() {
  const [tag, setTag] = useState('');
  const [asks, setAsks] = useState<'tag' | 'all' | undefined>(undefined);
  const forget = async (isSure: boolean) => {
    const what = asks;
    setAsks(undefined);
    if (!isSure) return;
    try {
      const path = what === 'all' ? '/cache' : pathWith('/cache', { tag });
      const { message } = await remove<Invalidated>(path);
      say(`${message}.`);
    } catch (error) {
      say(`Nothing was forgotten: ${problemFrom(error).detail ?? 'unknown'}`);
    }
  };
  const entries = Math.max(0, ...(overview.value?.tiers ?? []).map((tier) => tier.entries));
  return (
    <section class="c5" aria-labelledby="h-forget">
      <h2 id="h-forget">Forget</h2>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (tag !== '') setAsks('tag');
        }}
      >
        <div class="field">
          <label for="f-tag">Tag, such as model_id:shop-17</label>
          <input
            id="f-tag"
            class="mono"
            value={tag}
            spellcheck={false}
            onInput={(event) => setTag(event.currentTarget.value.trim())}
          />
        </div>
        <div class="acts">
          <button type="submit" aria-disabled={tag === ''}>
            Forget a tag
          </button>
          <button type="button" class="harm" onClick={() => setAsks('all')}>
            Forget everything
          </button>
        </div>
      </form>
      {asks === 'tag' && (
        <Confirm
          title={`Forget all with the tag ${tag}?`}
          consequence="Their answers are never used again; their questions are computed when they are asked next."
          action="Forget this tag"
          onClose={(isSure) => void forget(isSure)}
        />
      )}
      {asks === 'all' && (
        <Confirm
          title="Forget everything?"
          consequence="Every answer and every kept model goes, for all clients. What is asked next is computed."
          action={`Forget ${amount(entries, 'entry', 'entries')}`}
          word="everything"
          onClose={(isSure) => void forget(isSure)}
        />
      )}
    </section>
  );
}
