import { type Computed, compute } from '../../control/decisions/index.ts';
import type { Opportunity } from '../opportunities/index.ts';
import {
  type OfferInputs,
  type OfferOutput,
  type OfferPolicy,
  offerFormula,
  type Prospect,
  prospectRefusal,
  type Quote,
  type Way,
} from './offer-rule.ts';

/** An opportunity and what is known of its customer. */
export interface Candidate {
  readonly opportunity: Opportunity;
  readonly prospect: Prospect;
}

/** A candidate that can travel. */
export interface Feasible extends Candidate {
  readonly way: Extract<Way, { ok: true }>;
}

/** How the package would travel now; `isLasting` when no better weather or freer hub would change a no. */
export type FindWay = (opportunity: Opportunity) => { way: Way; isLasting: boolean };

export interface Sorted {
  readonly feasible: readonly Feasible[];
  /** Those that cannot travel until the network changes. */
  readonly notFlyable: readonly string[];
}

/** The rarest first; equal ones by id. */
export function byRarity(candidates: readonly Candidate[]): Candidate[] {
  return [...candidates].sort(
    ({ opportunity: a }, { opportunity: b }) => b.score - a.score || (a.id < b.id ? -1 : 1),
  );
}

/**
 * Which candidates can be asked and served, in their order. Pure. Counts the others in `held` by reason; a route's
 * refusal counts under its own code.
 */
export function sortOut(
  candidates: readonly Candidate[],
  policy: OfferPolicy,
  findWay: FindWay,
  held: Record<string, number>,
): Sorted {
  const feasible: Feasible[] = [];
  const notFlyable: string[] = [];
  for (const candidate of candidates) {
    const refusal = prospectRefusal(candidate.prospect, policy);
    if (refusal) count(held, refusal);
    else {
      const { way, isLasting } = findWay(candidate.opportunity);
      if (way.ok) feasible.push({ ...candidate, way });
      else {
        count(held, way.code);
        if (isLasting) notFlyable.push(candidate.opportunity.id);
      }
    }
  }
  return { feasible, notFlyable };
}

/** An offer that is worth making, with its decision; the gate may hold it back all the same. */
export interface OfferPlan extends Feasible {
  readonly inputs: OfferInputs;
  readonly computed: Computed<OfferOutput>;
}

/** What has been used up in this run and before it. */
export interface Used {
  /** Offers of the current 24 h. */
  today: number;
  /** Customers asked in this run. */
  readonly customers: Set<string>;
}

/**
 * Decides about each feasible candidate in its turn, so that a refusal never uses up a place and nobody is asked
 * twice (spec c.3). Pure: the same facts give the same plans. Adds to `used`, and the refusals to `held`.
 */
export function proposeOffers(
  feasible: readonly Feasible[],
  policy: OfferPolicy,
  used: Used,
  quoteFor: (customerId: string) => Quote,
  held: Record<string, number>,
): OfferPlan[] {
  return feasible.flatMap((candidate) => {
    const customerId = candidate.prospect.customerId as string;
    const isAskedLately = candidate.prospect.isAskedLately || used.customers.has(customerId);
    const quote = quoteFor(customerId);
    const prospect = { ...candidate.prospect, isAskedLately };
    const inputs: OfferInputs = { prospect, way: candidate.way, quote, policy, wouldUse: used.today + 1 };
    const computed = compute(offerFormula, inputs);
    const { action, isWorthwhile } = computed.output;
    if (computed.output.held) count(held, computed.output.held);
    if (action !== 'HOLD') used.today += 1;
    // Also when the gate holds it: a dry run says what would happen.
    if (isWorthwhile) used.customers.add(customerId);
    return isWorthwhile ? [{ ...candidate, inputs, computed }] : [];
  });
}

/** One more of this reason. */
export function count(held: Record<string, number>, reason: string): void {
  held[reason] = (held[reason] ?? 0) + 1;
}
