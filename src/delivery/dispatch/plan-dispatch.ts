import { type Computed, compute, defineFormula } from '../../control/decisions/index.ts';
import { DRONE_FLAG, type Steering } from '../../control/flags/index.ts';
import { type Cap, type GateAnswer, gate, type Mode } from '../../control/policy/index.ts';
import type { EngineSettings } from '../../control/tenancy/index.ts';
import type { Reason } from '../../kernel/reason.ts';
import { deliveryCost, legCostOf, type Offer, routeRequestOf } from '../offers/index.ts';
import type { Opportunity } from '../opportunities/index.ts';
import {
  type Network,
  previewRoute,
  pruneNetwork,
  type RouteLeg,
  type RouteRequest,
} from '../routing/index.ts';
import { type DeliveryPriority, priorityOf } from './delivery.ts';
import type { PlannedLeg } from './legs.ts';
import { onlyHubs, withOwnSlots } from './slots.ts';

/** Everything a dispatch is decided on; plain JSON once recorded (bigints as text). */
export interface DispatchInputs {
  readonly request: RouteRequest;
  /** Small enough to be kept (pruneNetwork); this offer's own slots count as free. */
  readonly network: Network;
  readonly tier: string;
  readonly currency: string;
  /** The estimate of the offer, for currencies without a tariff. Minor units. */
  readonly offerCostMinor: bigint | string;
  readonly isStabilised: boolean;
  readonly isFlagOn: boolean;
  readonly mode: Mode;
  /** What dispatches of 24 h may risk and what they risk already, minor units of `currency`. */
  readonly atRiskLimitMinor: bigint | string;
  readonly atRiskMinor: bigint | string;
}

/** A way for the package, as a delivery keeps it. */
export interface DispatchRoute {
  readonly path: readonly string[];
  readonly legs: readonly PlannedLeg[];
  readonly region: string;
  readonly successProbability: number;
  readonly etaMin: number;
}

/** How a package would be dispatched, or why not. */
export interface DispatchPlan {
  readonly gate: GateAnswer;
  readonly priority: DeliveryPriority;
  /** Minor units, as text: a plan is JSON. */
  readonly costMinor: string;
  readonly route: DispatchRoute | null;
  /** The code of the refusal, when there is no route. */
  readonly refusal: string | null;
}

/** Route, cost, urgency and the gate's verdict (spec c.7, c.8, 0.5). */
export const dispatchFormula = defineFormula<DispatchInputs, DispatchPlan>({
  kind: 'delivery.dispatch',
  version: '1',
  compute(inputs) {
    const { network, request, tier } = inputs;
    const answer = previewRoute(network, request);
    const route = answer.ok ? routeOf(answer, network) : null;
    const costMinor = (answer.ok ? costOf(answer, inputs) : null) ?? BigInt(inputs.offerCostMinor);
    const verdict = dispatchGate(inputs, inputs.mode, [
      {
        name: 'MONEY_AT_RISK',
        limit: BigInt(inputs.atRiskLimitMinor),
        wouldUse: BigInt(inputs.atRiskMinor) + costMinor,
      },
    ]);
    const priority = priorityOf(tier);
    return {
      output: {
        ...{ gate: verdict, priority, costMinor: costMinor.toString(), route },
        refusal: answer.ok ? null : answer.code,
      },
      reasons: [...answer.reasons, urgencyReason(tier, priority)],
    };
  },
});

/** The gate's answer about dispatches (spec 0.5); without caps, what holds for all of them. */
export const dispatchGate = (
  { isStabilised, isFlagOn }: Pick<DispatchInputs, 'isStabilised' | 'isFlagOn'>,
  mode: Mode,
  caps: readonly Cap[] = [],
): GateAnswer =>
  gate({
    actionClass: 'DISPATCH',
    isStabilised,
    flag: { key: DRONE_FLAG, isOn: isFlagOn },
    mode,
    caps,
  });

/** What of the tenant's flags the gate looks at. */
export const flagFacts = ({ flags }: Steering): Pick<DispatchInputs, 'isStabilised' | 'isFlagOn'> => ({
  isStabilised: flags.isStabilised,
  isFlagOn: flags.isOn(DRONE_FLAG),
});

const urgencyReason = (tier: string, priority: DeliveryPriority): Reason => ({
  code: 'PRIORITY',
  text: `A package of tier ${tier} travels as ${priority}.`,
});

function costOf({ legs }: Found, { request, currency }: DispatchInputs): bigint | null {
  return deliveryCost(legs.map(legCostOf), request.weightKg, currency)?.amountMinor ?? null;
}

type Found = Extract<ReturnType<typeof previewRoute>, { ok: true }>;

/** The legs know their places, so that a delivery can be carried without asking the network again. */
function routeOf(found: Found, network: Network): DispatchRoute {
  const { path, successProbability, etaMin } = found;
  const last = network.hubs.find((hub) => hub.nodeId === path.at(-1));
  return { path, legs: found.legs.map(plannedLeg), region: last?.region ?? '', successProbability, etaMin };
}

function plannedLeg(leg: RouteLeg): PlannedLeg {
  const { kind, from, to, fromPoint, toPoint, distanceKm, minutes, hubId, siteId } = leg;
  return { kind, from, to, fromPoint, toPoint, distanceKm, minutes, hubId, siteId };
}

/** What routing is asked about a package; `destinationRegion` forces the last hub. */
export const requestOf = (
  opportunity: Opportunity,
  { dispatchGroundFallback }: Pick<EngineSettings, 'dispatchGroundFallback'>,
  destinationRegion?: string | null,
): RouteRequest => ({
  ...routeRequestOf(opportunity, dispatchGroundFallback),
  ...(destinationRegion != null && { destinationRegion }),
});

export interface PlanRequest {
  readonly offer: Offer;
  readonly opportunity: Opportunity;
  readonly settings: Steering;
  /** AUTO for what a person asks for: flag and caps hold all the same. */
  readonly mode: Mode;
  readonly network: Network;
  /** Hubs on which the opportunity has slots already. */
  readonly own: ReadonlySet<string>;
  readonly atRiskMinor: bigint;
  readonly destinationRegion?: string | null | undefined;
}

/**
 * Plans a dispatch: over the hubs that were promised and are held, if there still is a way, else over any. A dispatch
 * that keeps its hubs needs no reservation, so any number of them can be written at once.
 */
export function planDispatch(plan: PlanRequest): Computed<DispatchPlan> {
  const { offer, opportunity, settings, network, own, destinationRegion } = plan;
  const request = requestOf(opportunity, settings, destinationRegion);
  const inputs = (within: Network): DispatchInputs => ({
    ...{ request, network: pruneNetwork(within, request), tier: opportunity.tier, currency: offer.currency },
    ...{ offerCostMinor: offer.deliveryCostMinor, mode: plan.mode },
    ...flagFacts(settings),
    ...{ atRiskLimitMinor: settings.moneyAtRiskMinor, atRiskMinor: plan.atRiskMinor },
  });
  const seen = withOwnSlots(network, own);
  if (own.size > 0) {
    const kept = compute(dispatchFormula, inputs(onlyHubs(seen, own)));
    if (kept.output.route) return kept;
  }
  return compute(dispatchFormula, inputs(seen));
}
