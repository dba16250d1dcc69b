import { writeAudit } from '../../control/audit/index.ts';
import { compute, decide } from '../../control/decisions/index.ts';
import { addEffects, runEffects } from '../../control/effects/index.ts';
import { flagSet } from '../../control/flags/index.ts';
import { type GateAnswer, gate, type Mode } from '../../control/policy/index.ts';
import { uuidv7 } from '../../kernel/ids.ts';
import type { Sql, Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { APPLY_EFFECT, announce, subjectOf } from './apply.ts';
import { type LiveMetrics, liveMetrics } from './live.ts';
import { DEFAULT_POLICY, lockPolicy, type PolicyRow, policyRow } from './policy.ts';
import { AUTOSCALE, type ScalingAnswer, type ScalingInputs } from './rule.ts';
import {
  hasPending,
  insertDecision,
  recentDecisions,
  type ScalingDecision,
  type ScalingStatus,
  scalingDecisionsById,
} from './scaling-decision.ts';

const FLAG = 'AUTOSCALE_ENABLED';

/** What a caller wants to be assumed instead of what is measured. */
export type Assumed = { readonly [K in keyof LiveMetrics | 'workers']?: ScalingInputs[K] | null | undefined };

/** An answer that nothing follows from. */
export interface DryRun {
  readonly answer: ScalingAnswer;
  readonly inputs: ScalingInputs;
  /** What the gate would say to the engine, were it to apply the answer. */
  readonly gate: GateAnswer;
}

/** The autoscaler's answer for the live metrics, or for assumed ones; changes and records nothing (spec j.3). */
export async function autoscaleDecision(scope: Scope, assumed: Assumed = {}): Promise<DryRun> {
  const policy = (await policyRow(scope.db, scope.tenantId)) ?? DEFAULT_POLICY;
  const metrics = await liveMetrics(scope, policy.currency);
  const past = await recentDecisions(scope, scope.db);
  const inputs = { ...(await inputsOf(scope, scope.db, policy, metrics, past)), ...given(assumed) };
  const { output } = compute(AUTOSCALE, inputs);
  return { answer: output, inputs, gate: askGate(inputs, policy.mode) };
}

/** A person applies what the autoscaler answers now; audited. The adapter is called at once. */
export async function applyAutoscale(scope: Scope): Promise<ScalingDecision> {
  await scope.db.tx(async (tx) => {
    await tx.run(
      'INSERT INTO scaling_policy (tenant_id, version, updated_at) VALUES ($1, 0, $2) ON CONFLICT DO NOTHING',
      [scope.tenantId, scope.now],
    );
  });
  const decision = await look(scope, true);
  await runEffects(scope, { kinds: [APPLY_EFFECT] });
  const [now] = await scalingDecisionsById(scope, [decision.id]);
  return now as ScalingDecision;
}

/**
 * The autoscaler's minute (spec j.3): carries out what waits, looks, and records when something is different or the
 * rule's windows need the look. Returns at once for a tenant without a policy.
 */
export async function runAutoscale(scope: Scope): Promise<ScalingDecision | null> {
  if (!(await policyRow(scope.db, scope.tenantId))) return null;
  await runEffects(scope, { kinds: [APPLY_EFFECT] });
  const decision = await look(scope, false);
  if (decision.status === 'PENDING') await runEffects(scope, { kinds: [APPLY_EFFECT] });
  return decision;
}

/** One look at the metrics and what follows. Metrics are read before the transaction: queues have their own connection. */
async function look(scope: Scope, isPerson: boolean): Promise<ScalingDecision> {
  const known = (await policyRow(scope.db, scope.tenantId)) ?? DEFAULT_POLICY;
  const metrics = await liveMetrics(scope, known.currency);
  return scope.db.tx(async (tx) => {
    const policy = (await lockPolicy(tx, scope.tenantId)) ?? DEFAULT_POLICY;
    const past = await recentDecisions(scope, tx);
    const inputs = await inputsOf(scope, tx, policy, metrics, past);
    const answer = compute(AUTOSCALE, inputs).output;
    const asked = askGate(inputs, isPerson ? 'AUTO' : policy.mode);
    const status = statusOf(answer, asked, policy);
    const latest = past[0];
    // The same instant again is the same look.
    if (!isPerson && latest && latest.at >= scope.now) return latest;
    const isSteered = inputs.isEnabled && !inputs.isStabilised;
    if (!isPerson && latest && !isNews(answer, status, latest, policy, isSteered)) return latest;
    return record(scope, tx, { policy, inputs, asked, status, isPerson, latest });
  });
}

interface Recorded {
  readonly policy: PolicyRow;
  readonly inputs: ScalingInputs;
  readonly asked: GateAnswer;
  readonly status: ScalingStatus;
  readonly isPerson: boolean;
  readonly latest: ScalingDecision | undefined;
}

async function record(
  scope: Scope,
  tx: Tx,
  { inputs, asked, status, isPerson, latest }: Recorded,
): Promise<ScalingDecision> {
  const id = uuidv7(scope.now.getTime());
  const subject = subjectOf(scope.tenantId);
  const request = { subject, inputs, gate: status === 'NONE' && !inputs.isStabilised ? undefined : asked };
  const { output: answer, decisionId } = await decide(scope, tx, AUTOSCALE, request);
  const { action, before, after, desired, isIdle } = answer;
  const held = status === 'HELD' ? `${answer.reason}; held: ${asked.reason}` : answer.reason;
  const [effectId = null] =
    status === 'PENDING'
      ? await addEffects(scope, tx, [
          {
            kind: APPLY_EFFECT,
            subject,
            step: id,
            payload: { scalingDecisionId: id, decisionId, before, after },
          },
        ])
      : [];
  const row = {
    id,
    at: scope.now,
    action,
    before,
    after,
    desired,
    isIdle,
    reason: held,
    decisionId,
    status,
    effectId,
  };
  await insertDecision(scope, tx, row);
  if (isPerson) {
    await writeAudit(scope, tx, {
      ...{ action: 'autoscale.apply', subject: scope.tenantId, before: { workers: before } },
      after: { action, workers: after, status, reason: held },
    });
  }
  const isSame = latest?.action === action && latest.status === status && latest.reason === held;
  if (!isSame || status === 'PENDING') await announce(scope, tx, row);
  return row;
}

async function inputsOf(
  scope: Scope,
  sql: Sql,
  policy: PolicyRow,
  metrics: LiveMetrics,
  past: readonly ScalingDecision[],
): Promise<ScalingInputs> {
  const flags = await flagSet(scope, sql);
  const { algorithm, workers, minWorkers, maxWorkers, currency } = policy;
  return {
    ...{ ...metrics, algorithm, workers, minWorkers, maxWorkers, currency },
    history: past.map(({ at, desired, isIdle }) => ({ at: at.toISOString(), desired, isIdle })),
    ...{ isStabilised: flags.isStabilised, isEnabled: flags.isOn(FLAG) },
    isPending: await hasPending(scope, sql),
    dailySpendLimitMinor: policy.dailySpendLimitMinor.toString(),
    now: scope.now.toISOString(),
  };
}

const askGate = ({ isStabilised, isEnabled }: ScalingInputs, mode: Mode): GateAnswer =>
  gate({ actionClass: 'SCALE', isStabilised, flag: { key: FLAG, isOn: isEnabled }, mode });

function statusOf({ before, after }: ScalingAnswer, asked: GateAnswer, policy: PolicyRow): ScalingStatus {
  if (after === before) return 'NONE';
  if (asked.verdict !== 'ALLOW') return 'HELD';
  return policy.adapter === 'NONE' ? 'NONE' : 'PENDING';
}

/** Whether a look says something that the latest row does not, or is needed to prove a quiet stretch. */
function isNews(
  answer: ScalingAnswer,
  status: ScalingStatus,
  latest: ScalingDecision,
  { algorithm, minWorkers }: PolicyRow,
  isSteered: boolean,
): boolean {
  if (status === 'PENDING') return true;
  const { action, before, desired, isIdle } = answer;
  const isOther = action !== latest.action || isIdle !== latest.isIdle || before !== latest.before;
  if (isOther || status !== latest.status) return true;
  // Switched off or frozen it proves nothing: a quiet stretch begins when it is in charge again.
  if (!isSteered || before <= minWorkers || desired === null) return false;
  return algorithm === 'HPA' ? desired < before || desired !== latest.desired : isIdle;
}

const given = (assumed: Assumed): Partial<ScalingInputs> =>
  Object.fromEntries(Object.entries(assumed).filter(([, value]) => value !== undefined && value !== null));
