/** Ask a question: a series or a text. The answer, how the cache came to it, and the same call as code. */
import { useState } from 'preact/hooks';
import { type Answered, post } from '../api/client.ts';
import type { Explanation, Problem } from '../api/documents.ts';
import { ProblemNote } from '../parts/notices.tsx';
import { problemFrom } from '../parts/resource.ts';
import { address, hrefOf } from '../state/address.ts';
import { AnswerNote, type AskedOnce } from './answer-note.tsx';
import { callTo } from './call.ts';
import { CallCode } from './call-code.tsx';
import { type ForecastAnswer, ForecastResult } from './forecast-result.tsx';
import type { Question } from './question.ts';
import { SeriesForm } from './series-form.tsx';
import { TextForm } from './text-form.tsx';

export function TryView() {
  const isText = address.value.query.what === 'text';
  return (
    <section aria-labelledby="h-try">
      <div class="head">
        <h1 id="h-try">Ask something; ask it twice to see the cache.</h1>
        <nav class="seg" aria-label="What to ask">
          <a href={hrefOf(['try'])} aria-current={isText ? undefined : 'true'}>
            Forecast
          </a>
          <a href={hrefOf(['try'], { what: 'text' })} aria-current={isText ? 'true' : undefined}>
            Sentiment
          </a>
        </nav>
      </div>
      <Asking key={String(isText)} isText={isText} />
    </section>
  );
}

function Asking({ isText }: { isText: boolean }) {
  const [question, setQuestion] = useState<Question | undefined>(undefined);
  const [answer, setAnswer] = useState<AskedOnce | undefined>(undefined);
  const [problem, setProblem] = useState<Problem | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  const [explanation, setExplanation] = useState<Explanation | undefined>(undefined);

  const ask = async (asked: Question) => {
    if (isBusy) return;
    setQuestion(asked);
    setBusy(true);
    setProblem(undefined);
    setExplanation(undefined);
    try {
      setAnswer(await askUntilAnswered(asked));
    } catch (error) {
      setAnswer(undefined);
      setProblem(problemFrom(error));
    }
    setBusy(false);
  };
  const explain = async (asked: Question) => {
    setQuestion(asked);
    setProblem(undefined);
    try {
      const input = { model: asked.model, input: asked.body };
      setExplanation((await post<Explanation>('/explain', input)).body);
    } catch (error) {
      setProblem(problemFrom(error));
    }
  };
  const Form = isText ? TextForm : SeriesForm;
  return (
    <div class="cols">
      <section class="c5" aria-label="The question">
        <Form
          isBusy={isBusy}
          onAsk={(each) => void ask(each)}
          onExplain={(each) => void explain(each)}
        />
      </section>
      <section class="c7" aria-label="The answer">
        {problem && <ProblemNote problem={problem} />}
        {explanation && <Explained explanation={explanation} />}
        <div role="status">
          {isBusy && <p class="vh">It is asked.</p>}
          {answer && <AnswerNote asked={answer} />}
        </div>
        {answer && <Result asked={answer} />}
        {!answer && !problem && !explanation && (
          <p class="none">{isBusy ? 'It is computed.' : 'The answer appears here.'}</p>
        )}
      </section>
      {question && (
        <section aria-labelledby="h-call">
          <h2 id="h-call">The same call</h2>
          <CallCode call={callTo(question.path, question.body)} />
        </section>
      )}
    </div>
  );
}

const WAIT_S = 10;
const MAX_TURNS = 30;

/** A question that is still computed is asked again: it joins its own run. */
async function askUntilAnswered(question: Question): Promise<AskedOnce> {
  const { path, body } = question;
  const startedAt = performance.now();
  for (let turn = 1; ; turn += 1) {
    const answered: Answered<unknown> = await post(path, body, { Prefer: `wait=${WAIT_S}` });
    const tookMs = performance.now() - startedAt;
    if (answered.status !== 202 || turn === MAX_TURNS) return { question, answered, tookMs };
  }
}

function Result({ asked: { question, answered } }: { asked: AskedOnce }) {
  if (answered.status === 202)
    return <p class="none">It is still computed. Ask again to join it.</p>;
  if (question.path === '/forecast')
    return <ForecastResult body={question.body} answer={answered.body as ForecastAnswer} />;
  return (
    <div class="code">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached with the keyboard */}
      <pre tabIndex={0}>
        <code>{JSON.stringify(answered.body, null, 2)}</code>
      </pre>
    </div>
  );
}

function Explained({
  explanation: { sentence, outcome, reason, nearest },
}: {
  explanation: Explanation;
}) {
  return (
    <div class="none" role="status">
      <p class="say">{sentence}</p>
      <p class="note">
        <code>{outcome}</code> {reason !== undefined && <code>{reason}</code>}
      </p>
      {nearest && nearest.differs.length > 0 && (
        <table class="wasis fit">
          <thead>
            <tr>
              <th scope="col">Where</th>
              <th scope="col">Was</th>
              <th scope="col">Is</th>
            </tr>
          </thead>
          <tbody>
            {nearest.differs.map(({ path, was, is, added, altered, removed, from }) => (
              <tr key={path}>
                <th scope="row">{path}</th>
                {added === undefined && altered === undefined && removed === undefined ? (
                  <>
                    <td>{was !== undefined && <del>{JSON.stringify(was)}</del>}</td>
                    <td>{is !== undefined && <ins>{JSON.stringify(is)}</ins>}</td>
                  </>
                ) : (
                  <td colSpan={2}>
                    {added ?? 0} added, {altered ?? 0} altered, {removed ?? 0} removed
                    {from !== undefined && `, from ${from} on`}
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
