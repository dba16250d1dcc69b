import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { type Draw, drawArm } from './assign.ts';
import { controlOf } from './experiment.ts';
import { assignArms, runningExperiment } from './experiment-store.ts';
import { FALLBACK_ARM, HOLDOUT_ARM } from './facts.ts';

/** The price a customer gets while an experiment runs, for the offer to keep (spec d.4, d.5). */
export interface DrawnArm {
  readonly experimentId: string;
  /** A key of the experiment's arms, HOLDOUT or FALLBACK. */
  readonly arm: string;
  readonly priceMinor: bigint;
  readonly currency: string;
  /** Probability with which it was drawn; null for FALLBACK, which no comparison may use. */
  readonly propensity: number | null;
  readonly weightsVersion: number;
}

/**
 * The arms of customers in the running experiment of an action type; empty when none runs. An arm is kept once drawn;
 * when a guardrail has paused it, its customers get the control price (FALLBACK). Three statements.
 */
export async function drawArms(
  scope: Scope,
  tx: Tx,
  actionType: string,
  customerIds: readonly string[],
): Promise<Map<string, DrawnArm>> {
  const experiment = await runningExperiment(tx, scope.tenantId, actionType);
  if (!experiment || (experiment.endsAt && experiment.endsAt <= scope.now)) return new Map();
  const { id: experimentId, currency } = experiment;
  const draws = new Map<string, Draw>();
  for (const customerId of customerIds) {
    const draw = drawArm(experiment, customerId);
    if (draw) draws.set(customerId, draw);
  }
  const control = controlOf(experiment).priceMinor;
  const arms = new Map(experiment.arms.map((arm) => [arm.key, arm]));
  const assigned = await assignArms(tx, scope.tenantId, experiment, draws, scope.now);
  return new Map(
    assigned.map(({ customerId, arm: key, propensity, weightsVersion }) => {
      const arm = arms.get(key);
      const isOpen = arm?.status === 'ACTIVE' || key === HOLDOUT_ARM;
      const drawn = isOpen ? { arm: key, propensity } : { arm: FALLBACK_ARM, propensity: null };
      const priceMinor = isOpen && arm ? arm.priceMinor : control;
      return [customerId, { experimentId, currency, weightsVersion, priceMinor, ...drawn }];
    }),
  );
}
