import { defineFormula } from '../../control/decisions/index.ts';
import { MINUTE_MS } from '../../kernel/time.ts';

export const SCALING_ACTIONS = ['HOLD', 'FREEZE', 'SCALE_UP', 'SCALE_DOWN'] as const;
export type ScalingAction = (typeof SCALING_ACTIONS)[number];
export const ALGORITHMS = ['STEP', 'HPA'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

/** One look of the recent past, newest first. */
export interface PastLook {
  readonly at: string;
  readonly desired: number | null;
  readonly isIdle: boolean;
}

/** What the autoscaler sees (spec j.3). Amounts are minor units of `currency`; null where nobody knows. */
export interface ScalingInputs {
  readonly queueDepth: number | null;
  /** Milliseconds. */
  readonly p95Ms: number | null;
  /** Share of failed requests, 0–1; shown, and no part of the rule. */
  readonly errorRate: number | null;
  readonly spend24hMinor: string | null;
  readonly marginPct: number | null;
  readonly workers: number;
  readonly history: readonly PastLook[];
  readonly isStabilised: boolean;
  readonly isEnabled: boolean;
  /** A change that the adapter has not confirmed yet. */
  readonly isPending: boolean;
  readonly algorithm: Algorithm;
  readonly minWorkers: number;
  readonly maxWorkers: number;
  readonly dailySpendLimitMinor: string;
  readonly currency: string;
  readonly now: string;
}

/** What the autoscaler answers. */
export interface ScalingAnswer {
  readonly action: ScalingAction;
  /** Machine code of the reason. */
  readonly code: string;
  /** The reason in the document's words. */
  readonly reason: string;
  readonly stabilizeMode: boolean;
  readonly before: number;
  readonly after: number;
  /** What the formula wants before windows and limits; null when it cannot say. */
  readonly desired: number | null;
  /** p95 < 40 ms and nothing queued. */
  readonly isIdle: boolean;
}

const P95_HIGH = 150;
const P95_LOW = 40;
const QUEUE_HIGH = 10;
const IDLE_MS = 10 * MINUTE_MS;
/** HPA: changes within ±10 % are noise, and scaling down waits for 300 s (spec j.3). */
const TOLERANCE = 0.1;
const SETTLE_MS = 300_000;
/** Looks further apart than this do not prove what was between them. */
const GAP_MS = 150_000;
const SPEND_FREEZE = { numerator: 9n, denominator: 10n };
const MARGIN_FREEZE_PCT = 10;

/** The autoscaler's answer as a recorded decision. */
export const AUTOSCALE = defineFormula<ScalingInputs, ScalingAnswer>({
  kind: 'reliability.autoscale',
  version: '1',
  compute(inputs) {
    const output = decideScaling(inputs);
    return { output, reasons: [{ code: output.code, text: output.reason }] };
  },
});

type Verdict = Pick<ScalingAnswer, 'action' | 'code' | 'reason'> & { readonly after?: number };

/** The decision of spec j.3 in its order: switches, missing metrics, then the algorithm. Pure. */
export function decideScaling(inputs: ScalingInputs): ScalingAnswer {
  const { workers, queueDepth, p95Ms } = inputs;
  const isKnown = queueDepth !== null && p95Ms !== null;
  const desired = isKnown ? desiredWorkers(inputs, p95Ms, queueDepth) : null;
  const verdict: Verdict =
    switchedOff(inputs) ??
    (desired === null
      ? hold('METRICS_MISSING', 'METRICS_MISSING')
      : inputs.isPending
        ? hold('CHANGE_PENDING', 'The last change is still being applied')
        : (inputs.algorithm === 'HPA' ? hpa : byStep)(inputs, desired));
  return {
    ...{ action: verdict.action, code: verdict.code, reason: verdict.reason },
    ...{ stabilizeMode: inputs.isStabilised, before: workers, after: verdict.after ?? workers, desired },
    isIdle: isKnown && p95Ms < P95_LOW && queueDepth === 0,
  };
}

const hold = (code: string, reason: string): Verdict => ({ action: 'HOLD', code, reason });

function switchedOff({ isStabilised, isEnabled }: ScalingInputs): Verdict | null {
  if (isStabilised) return hold('STABILIZE_MODE', 'STABILIZE_MODE enabled - all scaling frozen');
  return isEnabled ? null : hold('FLAG_OFF', 'Autoscaling disabled via feature flag');
}

function desiredWorkers(inputs: ScalingInputs, p95Ms: number, queueDepth: number): number {
  const { workers, algorithm, minWorkers } = inputs;
  if (algorithm === 'STEP') {
    if (p95Ms > P95_HIGH || queueDepth > QUEUE_HIGH) return workers + 1;
    return p95Ms < P95_LOW && queueDepth === 0 ? Math.max(minWorkers, workers - 1) : workers;
  }
  const load = Math.max(p95Ms / P95_HIGH, queueDepth / QUEUE_HIGH);
  // Rounded: 1.1 − 1 is more than 0.1 in binary.
  if (Math.round(Math.abs(load - 1) * 1e9) / 1e9 <= TOLERANCE) return workers;
  const asked = Math.max(1, Math.ceil(Math.round(Math.max(1, workers) * load * 1e9) / 1e9));
  // An assumed p95 may be any number; what is desired is a 32-bit one.
  return Math.min(asked, 2 ** 31 - 1);
}

/** The document's rule: one worker more when overloaded, one less after ten idle minutes. */
function byStep(inputs: ScalingInputs, desired: number): Verdict {
  const { workers, minWorkers, history, now } = inputs;
  if (desired > workers) return up(inputs, workers + 1);
  if (desired === workers) return hold('WITHIN_LIMITS', 'Within limits');
  const idle = provenSince(history, now, ({ isIdle }) => isIdle);
  if (Date.parse(now) - idle < IDLE_MS) return hold('IDLE_TOO_SHORT', 'Idle for less than 10 minutes');
  const after = Math.max(minWorkers, workers - 1);
  return { action: 'SCALE_DOWN', code: 'IDLE', reason: 'Idle for 10 minutes', after };
}

/** Kubernetes' rule: as many as the load asks for, at most twice as many at once, fewer only after 300 s. */
function hpa(inputs: ScalingInputs, desired: number): Verdict {
  const { workers, history, now, minWorkers } = inputs;
  if (desired > workers) return up(inputs, Math.min(desired, Math.max(1, workers) * 2));
  if (desired === workers) return hold('WITHIN_LIMITS', 'Within limits');
  const from = Date.parse(now) - SETTLE_MS;
  const since = provenSince(history, now, ({ desired: then }) => then !== null);
  const recent = history.filter(({ at, desired: then }) => Date.parse(at) >= from && then !== null);
  const wanted = Math.max(desired, ...recent.map(({ desired: then }) => then as number));
  const target = Math.max(minWorkers, since > from ? workers : wanted);
  if (target >= workers) return hold('SETTLING', 'Scaling down waits for 300 seconds of lower load');
  return { action: 'SCALE_DOWN', code: 'LOW_LOAD', reason: 'Load was lower for 300 seconds', after: target };
}

/** Since when every look, none missing, was like this one; Unix ms. */
function provenSince(history: readonly PastLook[], now: string, holds: (look: PastLook) => boolean): number {
  let since = Date.parse(now);
  for (const look of history) {
    const at = Date.parse(look.at);
    if (!holds(look) || since - at > GAP_MS) break;
    since = at;
  }
  return since;
}

/** More workers cost money: only when it is known that there is some, and while there is room. */
function up(inputs: ScalingInputs, wanted: number): Verdict {
  const { spend24hMinor, marginPct, workers, maxWorkers, currency } = inputs;
  const freeze = (code: string, reason: string): Verdict => ({ action: 'FREEZE', code, reason });
  if (spend24hMinor === null) return freeze('SPEND_UNKNOWN', 'Spend of the last 24 hours is unknown');
  const limit = BigInt(inputs.dailySpendLimitMinor);
  const { numerator, denominator } = SPEND_FREEZE;
  if (BigInt(spend24hMinor) * denominator >= limit * numerator) {
    const text = `Spend ${spend24hMinor} of ${limit} minor units of ${currency}: at least 90 % of the daily limit`;
    return freeze('SPEND_LIMIT', text);
  }
  if (marginPct === null) return freeze('MARGIN_UNKNOWN', 'Margin of the last 30 days is unknown');
  if (marginPct < MARGIN_FREEZE_PCT)
    return freeze('MARGIN_LOW', `Margin of 30 days is ${marginPct} %, below 10 %`);
  if (workers >= maxWorkers) return hold('MAX_WORKERS', `Already at max workers (${maxWorkers})`);
  const after = Math.min(wanted, maxWorkers);
  return {
    action: 'SCALE_UP',
    code: 'OVERLOADED',
    reason: 'p95 above 150 ms or more than 10 jobs queued',
    after,
  };
}

/** The document's JSON answer: lower-case action, its reason, and stabilizeMode only when it is what holds. */
export function documentAnswer({
  action,
  reason,
  stabilizeMode,
  before,
  after,
}: ScalingAnswer): Record<string, unknown> {
  return {
    action: action.toLowerCase(),
    reason,
    ...(stabilizeMode && { stabilizeMode }),
    ...(after !== before && { workers: after }),
  };
}
