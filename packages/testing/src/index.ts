export { createFaultProxy, type FaultProxy } from './fault-proxy.ts';
export { type Answered, call, post } from './http.ts';
export {
  forkProgram,
  isAlive,
  type Program,
  ProgramEndedError,
  type ProgramOptions,
  pauseProcess,
  resumeProcess,
  serveCalls,
} from './processes.ts';
export { createRandom, type Random } from './random.ts';
export { exchange, openSocket, type RawAnswer, readAnswer, requestText } from './raw-http.ts';
