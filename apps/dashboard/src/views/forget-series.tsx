import { useState } from 'preact/hooks';
import { post } from '../api/client.ts';
import type { Invalidated } from '../api/documents.ts';
import { Confirm } from '../parts/confirm.tsx';
import { say } from '../parts/notices.tsx';
import { problemFrom } from '../parts/resource.ts';

/** Answers and fitted models of one `model_id`. */
export function ForgetSeries({ id }: { id: string }) {
  const [asks, setAsks] = useState(false);
  const forget = async (isSure: boolean) => {
    setAsks(false);
    if (!isSure) return;
    try {
      await post<Invalidated>(`/invalidate-cache/${encodeURIComponent(id)}`);
      say(`${id} is forgotten: the next question about it is computed.`);
    } catch (error) {
      say(`It was not forgotten: ${problemFrom(error).detail ?? 'unknown'}`);
    }
  };
  return (
    <>
      <button type="button" class="harm" onClick={() => setAsks(true)}>
        Forget
      </button>
      {asks && (
        <Confirm
          title={`Forget ${id}?`}
          consequence="Its answers and its kept models are never used again; the next question is computed."
          action="Forget this series"
          onClose={(isSure) => void forget(isSure)}
        />
      )}
    </>
  );
}
