/** Asks before what cannot be undone. The button names the amount. */
import { useEffect, useRef, useState } from 'preact/hooks';

interface Props {
  readonly title: string;
  readonly consequence: string;
  readonly action: string;
  /** To be typed first. */
  readonly word?: string;
  readonly onClose: (isSure: boolean) => void;
}

export function Confirm({ title, consequence, action, word, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [typed, setTyped] = useState('');
  const isSure = useRef(false);
  useEffect(() => dialog.current?.showModal(), []);
  // Closed before it goes, so that the focus returns to the button that opened it.
  const close = (sure: boolean) => {
    isSure.current = sure;
    dialog.current?.close();
  };
  const isReady = word === undefined || typed === word;
  return (
    <dialog ref={dialog} aria-labelledby="confirm-title" onClose={() => onClose(isSure.current)}>
      <h2 id="confirm-title">{title}</h2>
      <p>{consequence}</p>
      {word !== undefined && (
        <div class="field">
          <label for="confirm-word">Type “{word}” to go on</label>
          <input
            id="confirm-word"
            value={typed}
            autocomplete="off"
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </div>
      )}
      <div class="acts">
        <button type="button" onClick={() => close(false)}>
          Keep
        </button>
        <button
          type="button"
          class="harm"
          aria-disabled={!isReady}
          onClick={() => isReady && close(true)}
        >
          {action}
        </button>
      </div>
    </dialog>
  );
}
