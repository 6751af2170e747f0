#!/usr/bin/env node
/** The command `deja`. */
import process from 'node:process';
import { EXIT } from './errors.ts';
import { runCommand } from './run-command.ts';

const code = await runCommand(process.argv.slice(2));
// Elsewhere nothing is left open. An interrupted command may still wait for stdin.
if (code === EXIT.interrupted) process.exit(code);
process.exitCode = code;
