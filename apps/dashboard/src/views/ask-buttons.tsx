import type { Question } from './question.ts';

export interface AskProps {
  readonly isBusy: boolean;
  readonly onAsk: (question: Question) => void;
  readonly onExplain: (question: Question) => void;
}

interface Props extends AskProps {
  /** Undefined: there is nothing to ask yet. */
  readonly question: Question | undefined;
}

export function AskButtons({ isBusy, question, onExplain }: Props) {
  const isReady = question !== undefined && !isBusy;
  return (
    <div class="acts">
      <button type="submit" class="main" aria-disabled={!isReady}>
        {isBusy ? 'Asking' : 'Ask'}
      </button>
      <button
        type="button"
        aria-disabled={!isReady}
        onClick={() => question && isReady && onExplain(question)}
      >
        Explain, compute nothing
      </button>
    </div>
  );
}
