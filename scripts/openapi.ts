/** Writes the OpenAPI document of an API with the built-in models: `npm run check` lints it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { openApiDocument } from '@deja/api/openapi';
import { createForecastModel, createSentimentModel } from '@deja/models';

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error('usage: openapi.ts <file>');
const models = [createForecastModel(), createSentimentModel()];
const document = openApiDocument(new Map(models.map((model) => [model.name, model])));
mkdirSync(dirname(path), { recursive: true });
writeFileSync(path, `${JSON.stringify(document, null, 2)}\n`);
