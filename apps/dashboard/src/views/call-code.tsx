/** The same call in three languages: tabs that the arrows move. */
import { useState } from 'preact/hooks';
import { CopyButton } from '../parts/copy-button.tsx';
import { type Call, LANGUAGES, type Language, shortened, snippet } from './snippets.ts';

export function CallCode({ call }: { call: Call }) {
  const [language, setLanguage] = useState<Language>('curl');
  const whole = snippet(language, call);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const at = LANGUAGES.indexOf(language) + step + LANGUAGES.length;
    const next = LANGUAGES[at % LANGUAGES.length];
    if (step === 0 || next === undefined) return;
    setLanguage(next);
    document.getElementById(`tab-${next}`)?.focus();
  };
  return (
    <div class="code">
      <div class="bar">
        <div class="tabs" role="tablist" aria-label="Language" onKeyDown={onKeyDown}>
          {LANGUAGES.map((each) => (
            <button
              key={each}
              id={`tab-${each}`}
              type="button"
              role="tab"
              aria-selected={each === language}
              aria-controls="call"
              tabIndex={each === language ? 0 : -1}
              onClick={() => setLanguage(each)}
            >
              {each}
            </button>
          ))}
        </div>
        <CopyButton text={whole} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached with the keyboard */}
      <pre id="call" role="tabpanel" aria-labelledby={`tab-${language}`} tabIndex={0}>
        <code>{snippetForEyes(language, call)}</code>
      </pre>
    </div>
  );
}

/** Shown with a few rows; copied whole. */
function snippetForEyes(language: Language, call: Call): string {
  const whole = JSON.stringify(call.body);
  return snippet(language, call).replace(whole, () => shortened(call.body));
}
