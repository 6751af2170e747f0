/** The API: one process, or as many as `API_PROCESSES` says. Start as many as you like. */
import cluster from 'node:cluster';
import { createLogger, loadConfigOrExit } from '@deja/runtime';
import { traceFields } from '@deja/runtime/tracing';
import { apiConfigSchema } from './config.ts';
import { runProcesses } from './processes.ts';

const config = loadConfigOrExit(apiConfigSchema, process.env);
const log = createLogger('api', config.logLevel, traceFields(process.env));
if (cluster.isPrimary && config.processes > 1) await runProcesses(config, log);
else await (await import('./run-api.ts')).runApi(config, log);
