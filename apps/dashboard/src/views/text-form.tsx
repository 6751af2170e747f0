import { useState } from 'preact/hooks';
import { AskButtons, type AskProps } from './ask-buttons.tsx';
import type { Question } from './question.ts';

export function TextForm(props: AskProps) {
  const [text, setText] = useState('What a lovely day');
  const question: Question | undefined =
    text.trim() === '' ? undefined : { path: '/predict', model: 'sentiment', body: { text } };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (question) props.onAsk(question);
      }}
    >
      <div class="field">
        <label for="f-text">Text</label>
        <textarea
          id="f-text"
          class="prose"
          rows={5}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </div>
      <AskButtons {...props} question={question} />
    </form>
  );
}
