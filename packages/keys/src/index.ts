export {
  EVERYBODY,
  type KeyLimits,
  type KeyVerifier,
  type Principal,
  type Refusal,
  SCOPES,
  type Scope,
  type Verdict,
} from './principal.ts';
