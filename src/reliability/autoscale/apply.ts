import { raiseAlerts, resolveAlerts } from '../../control/alert-intake/index.ts';
import { type Effect, EffectDelayed, EffectRefused, handleEffects } from '../../control/effects/index.ts';
import { flagSet } from '../../control/flags/index.ts';
import type { Tx } from '../../platform/db/sql.ts';
import { sendWebhook } from '../../platform/outbound/channels/webhook.ts';
import type { Scope } from '../../platform/scope.ts';
import { policyRow } from './policy.ts';
import { type ScalingDecision, settleDecision } from './scaling-decision.ts';

export const APPLY_EFFECT = 'scaling.apply';

/** Changes of one tenant's workers go out one after the other. */
export const subjectOf = (tenantId: string): string => `scaling:${tenantId}`;

interface ApplyPayload {
  readonly scalingDecisionId: string;
  readonly decisionId: string;
  readonly before: number;
  readonly after: number;
}

/** A decision that nobody could be told for ten minutes is about another load by then. */
const RETRY = {
  delaySec: (attempts: number) => 10 * 2 ** (attempts - 1),
  maxAttempts: 5,
  giveUpAfterMs: 600_000,
};

const failureAlert = { type: 'SCALING_FAILED', component: 'autoscale' } as const;

handleEffects<ApplyPayload, null>({
  kind: APPLY_EFFECT,
  retry: RETRY,
  async execute(scope, effect) {
    await call(scope, effect);
    return null;
  },
  // The call names the number of workers, so making it again changes nothing more.
  reconcile: async () => null,
  async settle(scope, tx, { payload }) {
    const row = await settleDecision(scope, tx, payload.scalingDecisionId, 'APPLIED');
    if (!row) return;
    await tx.run('UPDATE scaling_policy SET workers = $2 WHERE tenant_id = $1', [
      scope.tenantId,
      payload.after,
    ]);
    await announce(scope, tx, row);
    await resolveAlerts(scope, tx, [failureAlert]);
  },
  async fail(scope, tx, { payload }, { reason }) {
    const row = await settleDecision(scope, tx, payload.scalingDecisionId, 'FAILED');
    if (!row) return;
    await announce(scope, tx, row);
    const message = `Workers could not be scaled from ${payload.before} to ${payload.after}: ${reason}`;
    await raiseAlerts(scope, tx, [{ ...failureAlert, level: 'error', title: 'Scaling failed', message }]);
  },
});

/** Tells the tenant's endpoint how many workers it shall run. Any 2xx confirms. */
async function call(scope: Scope, { id, payload }: Effect<ApplyPayload>): Promise<void> {
  const flags = await flagSet(scope, scope.db);
  // Frozen between decision and call: what was decided then is not done now.
  if (flags.isStabilised) throw new EffectRefused('STABILIZE_MODE');
  const policy = await policyRow(scope.db, scope.tenantId);
  if (policy?.adapter !== 'WEBHOOK' || !policy.endpoint || !policy.sealed)
    throw new EffectRefused('ADAPTER_REMOVED');
  let signingSecret: string;
  try {
    signingSecret = scope.outbound.vault.open(policy.sealed, scope.tenantId);
  } catch {
    throw new EffectDelayed('SECRET_UNREADABLE');
  }
  const { before, after, decisionId } = payload;
  const body = { tenant: scope.tenant.slug, workers: after, before, decisionId };
  const target = { url: policy.endpoint, signingSecret, isTrusted: false };
  await sendWebhook(scope.outbound.http, target, { id, at: scope.now, body });
}

/** Tells the event log of a decision or of what became of it. */
export async function announce(scope: Scope, tx: Tx, row: ScalingDecision): Promise<void> {
  const { action, before, after, reason, status, decisionId } = row;
  const payload = { action, before, after, reason, status, decisionId };
  await scope.events.append(tx, scope.tenantId, [{ type: 'SCALING_DECIDED', payload }]);
}
