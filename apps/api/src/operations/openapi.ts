/** `GET /openapi.json`: OpenAPI 3.1, generated from the schemas of the models and the answers. */
import type { Model } from '@deja/models';
import { createDocument, type ZodOpenApiPathsObject } from 'zod-openapi';
import { advicePaths } from '../advice/openapi.ts';
import { auditPaths } from '../audit/openapi.ts';
import { cachePaths } from '../cache/openapi.ts';
import { explainPaths } from '../explain/openapi.ts';
import { jobPaths } from '../jobs/openapi.ts';
import { keyPaths } from '../keys/openapi.ts';
import { sessionPaths } from '../keys/session-openapi.ts';
import { modelPaths } from '../models/openapi.ts';
import { predictionPaths } from '../predictions/openapi.ts';
import { webhookEvents, webhookPaths } from '../webhooks/openapi.ts';
import { json, operation, TAGS } from '../wire/operation.ts';
import { operatorPaths } from './operator-openapi.ts';
import { health, readiness } from './schema.ts';
import { securitySchemes, withSecurity } from './security.ts';
import { VERSION } from './version.ts';

const healthPaths: ZodOpenApiPathsObject = {
  '/metrics': {
    get: operation({
      id: 'getMetrics',
      tag: 'operations',
      summary: 'Read the metrics',
      description: 'In the text format of Prometheus.',
      answers: { '200': { description: 'The metrics', content: { 'text/plain': {} } } },
    }),
  },
  '/healthz': {
    get: operation({
      id: 'getHealth',
      tag: 'operations',
      summary: 'Check that the process is up',
      description: 'Also tells the version of the server and of its wire contract.',
      answers: { '200': json('It is up', health) },
    }),
  },
  '/readyz': {
    get: operation({
      id: 'getReadiness',
      tag: 'operations',
      summary: 'Check whether to send requests here',
      description: '`degraded`: requests are answered, but look at the checks.',
      answers: {
        '200': json('Send requests here', readiness),
        '503': json('Starting or draining', readiness),
      },
    }),
  },
};

export function openApiDocument(models: ReadonlyMap<string, Model>): object {
  return createDocument(
    {
      openapi: '3.1.0',
      info: {
        title: 'Deja',
        version: VERSION,
        description: 'A cache, a queue and request coalescing in front of slow model work.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/', description: 'The server that this document comes from' }],
      components: { securitySchemes },
      tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
      paths: withSecurity({
        ...predictionPaths(models),
        ...jobPaths,
        ...webhookPaths,
        ...modelPaths,
        ...cachePaths,
        ...advicePaths,
        ...explainPaths,
        ...keyPaths,
        ...auditPaths,
        ...healthPaths,
        ...operatorPaths,
        ...sessionPaths,
      }),
      webhooks: webhookEvents,
    },
    {
      // Answers only grow: clients ignore members that they do not know.
      override: ({ jsonSchema, io }) => {
        if (io === 'output' && jsonSchema.additionalProperties === false)
          delete jsonSchema.additionalProperties;
      },
    },
  );
}
