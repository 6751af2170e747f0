/** What `Try it` asks. */
export interface Question {
  readonly path: '/forecast' | '/predict';
  /** As `POST /explain` names it. */
  readonly model: string;
  readonly body: Readonly<Record<string, unknown>>;
}
