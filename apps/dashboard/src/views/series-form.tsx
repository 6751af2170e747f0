import { useMemo, useState } from 'preact/hooks';
import { readSeriesCsv } from '../format/csv.ts';
import { count } from '../format/figures.ts';
import { AskButtons, type AskProps } from './ask-buttons.tsx';
import { exampleCsv } from './example.ts';
import type { Question } from './question.ts';

const EXAMPLE_DAYS = 180;
const PERIODS = 28;

export function SeriesForm(props: AskProps) {
  const [text, setText] = useState('');
  const [name, setName] = useState('pasted-series');
  const [periods, setPeriods] = useState(String(PERIODS));
  const pasted = useMemo(() => readSeriesCsv(text), [text]);
  const steps = Number(periods);
  const isStep = Number.isInteger(steps) && steps > 0;
  const question: Question | undefined =
    pasted.ok && isStep && name !== ''
      ? {
          path: '/forecast',
          model: 'forecast',
          body: { model_id: name, data: pasted.rows, periods: steps },
        }
      : undefined;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (question) props.onAsk(question);
      }}
    >
      <div class="field">
        <label for="f-csv">Series: a CSV with a date and a value in each line</label>
        <textarea
          id="f-csv"
          rows={12}
          spellcheck={false}
          placeholder={'ds,y\n2026-01-05,112\n2026-01-06,118'}
          value={text}
          aria-describedby="csv-note"
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </div>
      <p id="csv-note" class={pasted.ok || text === '' ? 'note' : 'err'}>
        {pasted.ok
          ? `${count(pasted.rows.length)} points of ${pasted.yName} by ${pasted.dsName}.`
          : text === ''
            ? 'Paste a file, or begin with an example.'
            : pasted.reason}{' '}
        <button type="button" class="bare" onClick={() => setText(exampleCsv(EXAMPLE_DAYS))}>
          Use an example
        </button>
      </p>
      <div class="pair">
        <div class="field">
          <label for="f-id">model_id: the name of the series</label>
          <input
            id="f-id"
            value={name}
            maxLength={200}
            onInput={(event) => setName(event.currentTarget.value.trim())}
          />
        </div>
        <div class="field">
          <label for="f-periods">Steps ahead</label>
          <input
            id="f-periods"
            inputMode="numeric"
            value={periods}
            aria-invalid={!isStep}
            onInput={(event) => setPeriods(event.currentTarget.value)}
          />
        </div>
      </div>
      <AskButtons {...props} question={question} />
    </form>
  );
}
