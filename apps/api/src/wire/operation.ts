/** An operation of the OpenAPI document. Each resource has its own in its `openapi.ts`. */
import { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiResponsesObject } from 'zod-openapi';
import { PROBLEMS, type ProblemName } from './problem.ts';
import { problem } from './schema.ts';

export const TAGS = {
  predictions: 'Questions to models: from the cache, computed while you wait, or a job.',
  jobs: 'Jobs: what was asked, how far it has come, and its result.',
  webhooks: 'Deliveries of the webhooks that submissions ask for.',
  models: 'What models there are, and the fitted models that forecasts may use again.',
  cache: 'What is cached, and invalidation.',
  keys: 'API keys: who may ask, and how much.',
  operations: 'Health, and what operators look at and do.',
} as const;

export interface Operation {
  /** Name of the operation in generated clients. Never changes. */
  readonly id: string;
  readonly tag: keyof typeof TAGS;
  readonly summary: string;
  readonly description: string;
  readonly params?: NonNullable<ZodOpenApiOperationObject['requestParams']>;
  /** The body as JSON, or as other media types. */
  readonly body?: z.ZodType | Readonly<Record<string, z.ZodType>>;
  readonly answers: ZodOpenApiResponsesObject;
  readonly problems?: readonly ProblemName[];
}

const problemContent = { 'application/problem+json': { schema: problem } };

export function operation(options: Operation): ZodOpenApiOperationObject {
  const { id, tag, summary, description, params, body, answers, problems = [] } = options;
  return {
    operationId: id,
    tags: [tag],
    ...{ summary, description },
    ...(params && { requestParams: params }),
    ...(body && { requestBody: { required: true, content: contentOf(body) } }),
    responses: {
      ...answers,
      ...byStatus(problems),
      '4XX': { description: 'Refused: `type` says why', content: problemContent },
    },
  };
}

function contentOf(body: NonNullable<Operation['body']>) {
  const byType = body instanceof z.ZodType ? { 'application/json': body } : body;
  return Object.fromEntries(Object.entries(byType).map(([type, schema]) => [type, { schema }]));
}

export const json = (description: string, schema: z.ZodType) => ({
  description,
  content: { 'application/json': { schema } },
});

/** A parameter of the path, with what it names. */
export const inPath = (names: Readonly<Record<string, string>>) => ({
  path: z.object(
    Object.fromEntries(
      Object.entries(names).map(([name, description]) => [name, z.string().meta({ description })]),
    ),
  ),
});

/** Problems that share a status are one entry. */
function byStatus(names: readonly ProblemName[]): ZodOpenApiResponsesObject {
  const responses: Record<string, { description: string; content: typeof problemContent }> = {};
  for (const name of names) {
    const [status, title] = PROBLEMS[name];
    const before = responses[status]?.description;
    const description = before === undefined ? title : `${before}. ${title}`;
    responses[status] = { description, content: problemContent };
  }
  return responses as ZodOpenApiResponsesObject;
}
