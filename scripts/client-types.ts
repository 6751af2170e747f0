/**
 * `npm run client:types`: writes the client's types from the API's OpenAPI document. With a path, it writes there.
 * openapi-typescript needs the JavaScript interface of TypeScript, which TypeScript 7 does not have, so both are
 * installed apart, under .deja.
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { openApiDocument } from '@deja/api/openapi';
import { createForecastModel, createSentimentModel } from '@deja/models';

const generator = '../.deja/openapi-typescript/node_modules/openapi-typescript/dist/index.mjs';
const { default: openapiTS, astToString } = await import(new URL(generator, import.meta.url).href);
const models = [createForecastModel(), createSentimentModel()];
const document = JSON.stringify(
  openApiDocument(new Map(models.map((model) => [model.name, model]))),
);
const digest = createHash('sha256').update(document).digest('hex');
const header = `// Generated from the API's OpenAPI document by \`npm run client:types\`. SHA-256 of the document:\n// ${digest}\n`;
const [path = 'packages/client/src/schema.gen.ts'] = process.argv.slice(2);
writeFileSync(path, header + astToString(await openapiTS(JSON.parse(document))));
