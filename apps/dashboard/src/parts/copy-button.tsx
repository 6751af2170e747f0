import { useState } from 'preact/hooks';

/** Where the clipboard is forbidden (plain http elsewhere than loopback), it says so. */
export function CopyButton({ text }: { text: string }) {
  const [label, setLabel] = useState('Copy');
  const copy = async () => {
    const done = await navigator.clipboard?.writeText(text).then(
      () => true,
      () => false,
    );
    setLabel(done ? 'Copied' : 'Copy by hand');
  };
  return (
    <button type="button" onClick={() => void copy()} onBlur={() => setLabel('Copy')}>
      <span aria-live="polite">{label}</span>
    </button>
  );
}
