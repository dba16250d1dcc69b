export { checkInvariants, type Invariant } from './check.ts';
