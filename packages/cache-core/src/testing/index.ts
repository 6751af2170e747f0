export { describeTier } from './describe-tier.ts';
export { createFaultyTier } from './faulty-tier.ts';
