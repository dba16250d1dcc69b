import { writeAudit } from '../../control/audit/index.ts';
import {
  InvalidTransitionError,
  NotFoundError,
  ValidationError,
  VersionConflictError,
} from '../../kernel/errors.ts';
import { isUuid } from '../../kernel/ids.ts';
import type { Scope } from '../../platform/scope.ts';
import type { PriceExperiment } from './experiment.ts';
import { lockExperiment, saveExperiment } from './experiment-store.ts';
import { lockLearning } from './strategy-store.ts';

export interface StopExperiment {
  readonly id: string;
  /** For people, up to 500 characters. */
  readonly reason?: string | null | undefined;
  readonly expectedVersion?: number | null | undefined;
}

/** RUNNING → STOPPED: the price in force holds for everybody again; nothing is promoted. Allowed in every mode. */
export function stopPriceExperiment(scope: Scope, input: StopExperiment): Promise<PriceExperiment> {
  const { id, reason, expectedVersion } = input;
  if (reason != null && reason.length > 500) {
    throw new ValidationError('reason', 'A reason has at most 500 characters.');
  }
  return scope.db.tx(async (tx) => {
    await lockLearning(tx, scope.tenantId);
    const before = isUuid(id) ? await lockExperiment(tx, scope.tenantId, id) : undefined;
    if (!before) throw new NotFoundError('price experiment', id);
    if (expectedVersion != null && expectedVersion !== before.version) {
      throw new VersionConflictError('price experiment', expectedVersion, before.version);
    }
    if (before.status !== 'RUNNING')
      throw new InvalidTransitionError('price experiment', before.status, 'STOPPED');
    const message = reason || `Stopped by ${scope.actor.name}.`;
    const after: PriceExperiment = {
      ...before,
      ...{ status: 'STOPPED', endedAt: scope.now, message, version: before.version + 1 },
    };
    await saveExperiment(tx, scope.tenantId, after);
    await writeAudit(scope, tx, {
      ...{ action: 'price-experiment.stop', subject: id },
      ...{ before: { status: before.status }, after: { status: after.status, message } },
    });
    const { weightsVersion, arms } = after;
    const weights = Object.fromEntries(arms.map(({ key, weight }) => [key, weight]));
    const pausedArms = arms.filter(({ status }) => status === 'PAUSED').map(({ key }) => key);
    const payload = { experimentId: id, status: after.status, weightsVersion, weights, pausedArms, message };
    await scope.events.append(tx, scope.tenantId, [{ type: 'EXPERIMENT_CHANGED', payload }]);
    return after;
  });
}
