/**
 * Sentiment by a transformer: an ONNX model for text classification, run by
 * `@huggingface/transformers`. That package takes half a gigabyte, so it is optional. It is looked
 * up where this package finds its dependencies, and below `.deja/engines` of the working directory.
 */
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { EngineMissingError } from '../errors.ts';
import { createBatcher } from './batcher.ts';
import { isDirectory, type TransformersEngine } from './engine.ts';
import { judge, type Probabilities, type Sentiment } from './judge.ts';
import type { SentimentInput } from './normalise.ts';

/** The part of the package (4.3) that is used here. */
interface Transformers {
  readonly env: { cacheDir: string | null };
  pipeline(task: 'text-classification', model: string, options: object): Promise<Pipeline>;
}
interface Pipeline {
  (texts: readonly string[], options: { top_k: null }): Promise<readonly (readonly Label[])[]>;
  readonly model: { readonly config: ModelConfig };
}
interface Label {
  readonly label: string;
  readonly score: number;
}
interface ModelConfig {
  readonly id2label?: Readonly<Record<string, string>>;
  readonly problem_type?: string;
}

const PACKAGE = '@huggingface/transformers';

/** Loads the model. Throws `EngineMissingError` if the package is not installed. */
export async function openTransformer(
  engine: TransformersEngine,
  cwd = process.cwd(),
): Promise<(input: SentimentInput) => Promise<Sentiment>> {
  const { env, pipeline } = await load(cwd);
  const isLocal = isDirectory(engine.model);
  env.cacheDir = join(cwd, '.deja', 'hub');
  const classify = await pipeline(
    'text-classification',
    isLocal ? resolve(cwd, engine.model) : engine.model,
    { local_files_only: isLocal, revision: engine.revision, device: 'cpu', dtype: 'fp32' },
  );
  sidesOf(classify.model.config);
  const computeMany = async (texts: readonly string[]) => {
    const answers = await classify(texts, { top_k: null });
    return answers.map((labels) => judge(probabilitiesOf(labels, engine.temperature)));
  };
  const batched = createBatcher(computeMany, engine);
  return ({ text }) => batched(text);
}

async function load(cwd: string): Promise<Transformers> {
  const places = [import.meta.url, pathToFileURL(join(cwd, '.deja', 'engines', 'package.json'))];
  for (const place of places) {
    let path: string;
    try {
      path = createRequire(place).resolve(PACKAGE);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') continue;
      throw error;
    }
    return createRequire(place)(path);
  }
  throw new EngineMissingError(
    `SENTIMENT_ENGINE=transformers needs ${PACKAGE}, which is not installed: ` +
      `npm install --ignore-scripts --prefix .deja/engines ${PACKAGE}@4`,
  );
}

type Side = keyof Probabilities;

/** Labels as published models have them: POSITIVE, neg, `4 stars`, … */
function sideOf(label: string): Side | undefined {
  const stars = /^([1-5]) stars?$/i.exec(label)?.[1];
  if (stars !== undefined) return stars < '3' ? 'negative' : stars > '3' ? 'positive' : 'neutral';
  if (/^pos/i.test(label)) return 'positive';
  if (/^neg/i.test(label)) return 'negative';
  if (/^neu/i.test(label)) return 'neutral';
  return undefined;
}

/** Checks at the start that the model's labels are sentiments and exclude each other; throws otherwise. */
function sidesOf({ id2label = {}, problem_type: type }: ModelConfig): void {
  const labels = Object.values(id2label);
  const sides = new Set(labels.map(sideOf));
  if (type === 'multi_label_classification')
    throw new TypeError(
      'SENTIMENT_MODEL gives several labels at a time: it cannot tell a sentiment',
    );
  if (sides.has(undefined) || !sides.has('positive') || !sides.has('negative'))
    throw new TypeError(
      `SENTIMENT_MODEL has the labels ${labels.join(', ') || 'that nobody named'}; ` +
        'they must be positive, negative and perhaps neutral, or 1 star to 5 stars',
    );
}

/** Softmax at a temperature: equal to dividing the logits from which the scores were made. */
function probabilitiesOf(labels: readonly Label[], temperature: number): Probabilities {
  const weights = labels.map(({ score }) => score ** (1 / temperature));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const sums: { positive: number; negative: number; neutral?: number } = {
    positive: 0,
    negative: 0,
  };
  for (const [at, { label }] of labels.entries()) {
    const side = sideOf(label);
    if (side) sums[side] = (sums[side] ?? 0) + (weights[at] ?? 0) / total;
  }
  if (!Number.isFinite(total) || total === 0) throw new Error('the engine gave no probabilities');
  return sums;
}
