export { describeTier } from './describe-tier.ts';
export { createFaultPlan, createFaultyTier } from './faulty-tier.ts';
export { entryWith, randomKey } from './tier-stage.ts';
