import type { Response } from 'express';
import type { Problem } from './problem.ts';

export function sendProblem(res: Response, problem: Problem): void {
  res.status(problem.status).type('application/problem+json').end(JSON.stringify(problem));
}
