/** Short messages: problems in place, results of actions, empty lists with what to do next. */
import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Problem } from '../api/documents.ts';
import { CopyButton } from './copy-button.tsx';
import { Glyph } from './glyph.tsx';

export function ProblemNote({ problem }: { problem: Problem }) {
  return (
    <div class="none" role="alert">
      <Glyph name="failed" /> <b>{problem.title}.</b> {problem.detail}{' '}
      {problem.type.startsWith('urn:') && <code>{problem.type.split(':').at(-1)}</code>}
      {problem.errors && (
        <ul>
          {problem.errors.map(({ path, message }) => (
            <li key={path + message}>
              <code>{path || '/'}</code> {message}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

interface EmptyProps {
  readonly title: string;
  readonly command?: string;
  readonly children?: ComponentChildren;
}

/** Nothing is there yet: why, and the command that changes it. */
export function Empty({ title, command, children }: EmptyProps) {
  return (
    <div class="none">
      <p>
        <b>{title}</b> {children}
      </p>
      {command !== undefined && (
        <div class="code">
          <div class="one">
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached with the keyboard */}
            <pre tabIndex={0}>
              <code>{command}</code>
            </pre>
            <CopyButton text={command} />
          </div>
        </div>
      )}
    </div>
  );
}

const toast = signal<string | undefined>(undefined);
const TOAST_MS = 8000;

/** Says the result of an action, to the eye and to a screen reader. */
export function say(text: string): void {
  toast.value = text;
}

export function Toasts() {
  const text = toast.value;
  useEffect(() => {
    if (text === undefined) return;
    const timer = setTimeout(() => {
      if (!document.activeElement?.closest('.toast')) toast.value = undefined;
    }, TOAST_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <div class="toasts" role="status">
      {text !== undefined && (
        <div class="toast">
          <span>{text}</span>
          <button
            type="button"
            onClick={() => {
              toast.value = undefined;
            }}
          >
            Close
          </button>
        </div>
      )}
    </div>
  );
}
