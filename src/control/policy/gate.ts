/** Kinds of automatic action, as far as the gate treats them differently (spec 0.5). */
export const ACTION_CLASSES = [
  'OFFER',
  'DISPATCH',
  'DELIVERY_IN_FLIGHT',
  'PRICING_CHANGE',
  'EXPERIMENT_REWEIGHT',
  'ROLLOUT',
  'SCALE',
  'INCIDENT_RECOVERY',
  'KEY_AUTO_ROTATE',
  'BUDGET_APPLY',
] as const;
export type ActionClass = (typeof ACTION_CLASSES)[number];

/** How far a subsystem may go by itself. */
export const MODES = ['OFF', 'OBSERVE', 'APPROVE', 'AUTO'] as const;
export type Mode = (typeof MODES)[number];

/** What the gate answers: act, do not act, or ask a person first. */
export const VERDICTS = ['ALLOW', 'HOLD', 'NEEDS_APPROVAL'] as const;
export interface GateAnswer {
  readonly verdict: (typeof VERDICTS)[number];
  /** STABILIZE_MODE, FLAG_OFF:<key>, MODE_OFF, DRY_RUN, CAP:<name> or APPROVAL; null when allowed. */
  readonly reason: string | null;
}

/** A cap and what would be used of it if the action went ahead, in the cap's own unit. */
export interface Cap {
  readonly name: string;
  readonly limit: bigint | number;
  readonly wouldUse: bigint | number;
}

/** Everything the gate looks at. Plain facts, so that its answer can be replayed. */
export interface GateQuestion {
  readonly actionClass: ActionClass;
  readonly isStabilised: boolean;
  /** The subsystem's flag; a subsystem without one leaves it out. */
  readonly flag?: { readonly key: string; readonly isOn: boolean };
  readonly mode: Mode;
  readonly caps?: readonly Cap[];
}

/** Frozen while the tenant is stabilised; deliveries in flight and promised messages are not. */
const FROZEN: ReadonlySet<ActionClass> = new Set<ActionClass>([
  'SCALE',
  'INCIDENT_RECOVERY',
  'PRICING_CHANGE',
  'ROLLOUT',
  'EXPERIMENT_REWEIGHT',
  'KEY_AUTO_ROTATE',
  'BUDGET_APPLY',
]);

const hold = (reason: string): GateAnswer => ({ verdict: 'HOLD', reason });

/**
 * The one gate that every automatic action passes (spec 0.5). First match wins: stabilise mode, the subsystem's flag,
 * its mode, its caps. An action of a person skips the mode, never the rest: ask with mode AUTO. Pure.
 */
export function gate({ actionClass, isStabilised, flag, mode, caps = [] }: GateQuestion): GateAnswer {
  if (isStabilised && FROZEN.has(actionClass)) return hold('STABILIZE_MODE');
  if (flag && !flag.isOn) return hold(`FLAG_OFF:${flag.key}`);
  if (mode === 'OFF') return hold('MODE_OFF');
  if (mode === 'OBSERVE') return hold('DRY_RUN');
  if (mode === 'APPROVE') return { verdict: 'NEEDS_APPROVAL', reason: 'APPROVAL' };
  // What cannot be compared (NaN) is not below its cap.
  const exceeded = caps.find(({ limit, wouldUse }) => !(wouldUse <= limit));
  return exceeded ? hold(`CAP:${exceeded.name}`) : { verdict: 'ALLOW', reason: null };
}
