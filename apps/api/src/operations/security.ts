/** What a key needs for each operation, in the OpenAPI document. */
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { type Access, ROUTES, type Route } from '../routes.ts';

const METHODS = ['get', 'post', 'delete'] as const;

export const securitySchemes = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description:
      'An API key. `security` of an operation names the scope that the key needs; `admin` has all. While keys are off (`AUTH`), none is needed.',
  },
} as const;

/** Adds to each operation its `security`. @throws Error for an operation that is no route. */
export function withSecurity(paths: ZodOpenApiPathsObject): ZodOpenApiPathsObject {
  const secured: ZodOpenApiPathsObject = {};
  for (const [path, item] of Object.entries(paths)) {
    secured[path] = { ...item };
    for (const method of METHODS) {
      const operation = item[method];
      if (operation) secured[path][method] = secure(operation, accessOf(method, path));
    }
  }
  return secured;
}

function accessOf(method: string, path: string): Access {
  const route = `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`;
  if (!Object.hasOwn(ROUTES, route)) throw new Error(`the table has no route ${route}`);
  return ROUTES[route as Route];
}

/** Of a scheme that is not OAuth the list names what the caller must have (OpenAPI 3.1). */
function secure(operation: ZodOpenApiOperationObject, access: Access): ZodOpenApiOperationObject {
  if (access === 'open') return { ...operation, security: [] };
  const description = `${operation.description} Scope: \`${access}\`.`;
  return { ...operation, description, security: [{ bearer: [access] }] };
}
