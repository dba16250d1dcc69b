import { resolveAlerts } from '../../control/alert-intake/index.ts';
import { writeAudit } from '../../control/audit/index.ts';
import {
  InvalidTransitionError,
  NotFoundError,
  ValidationError,
  VersionConflictError,
} from '../../kernel/errors.ts';
import { uuidv7 } from '../../kernel/ids.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { checkObjective, textLabels } from './check-objective.ts';
import { METRIC_OBJECTIVES } from './count-samples.ts';
import { type GoodWhen, type Indicator, OBJECTIVE_COLUMNS, type Objective } from './objective.ts';
import { ensureBuiltIn } from './store.ts';
import { endsOf } from './watch.ts';

/** What a mutation says about an objective; absent: as it is. */
export interface ObjectiveInput {
  /** Absent: a new one. */
  readonly id?: string | null | undefined;
  readonly name?: string | null | undefined;
  readonly indicator?: Indicator | null | undefined;
  readonly metric?: string | null | undefined;
  readonly labels?: Record<string, unknown> | null | undefined;
  readonly threshold?: number | null | undefined;
  readonly goodWhen?: GoodWhen | null | undefined;
  readonly target?: number | null | undefined;
  readonly isEnabled?: boolean | null | undefined;
  readonly expectedVersion?: number | null | undefined;
}

/** Objectives that a tenant may have of its own. */
const MAX_OWN = 100;

/**
 * Makes an objective on an ingested metric, or changes one. Of a built-in one only target and isEnabled change. Audited.
 * ValidationError, NotFoundError, VersionConflictError.
 */
export function setObjective(scope: Scope, input: ObjectiveInput): Promise<Objective> {
  return scope.db.tx(async (tx) => {
    await ensureBuiltIn(scope, tx);
    const before = input.id == null ? null : await lockOne(scope, tx, input.id);
    if (before && input.expectedVersion != null && input.expectedVersion !== before.version) {
      throw new VersionConflictError('objective', input.expectedVersion, before.version);
    }
    if (!before) await checkRoom(scope, tx);
    const after = before?.isBuiltIn ? changedBuiltIn(before, input) : merged(scope, before, input);
    checkObjective(after);
    await write(scope, tx, after);
    if (before && !after.isEnabled) await resolveAlerts(scope, tx, endsOf(before));
    await record(scope, tx, before ? 'slo-objective.change' : 'slo-objective.create', before, after);
    return after;
  });
}

/** Deletes an own objective with its history; a built-in one can only be disabled. Audited. */
export function deleteObjective(scope: Scope, id: string): Promise<string> {
  return scope.db.tx(async (tx) => {
    const before = await lockOne(scope, tx, id);
    if (before.isBuiltIn) {
      throw new InvalidTransitionError(
        'objective',
        'BUILT_IN',
        'DELETED',
        'disable it instead (isEnabled: false).',
      );
    }
    await tx.run('DELETE FROM sli_bucket WHERE tenant_id = $1 AND objective_id = $2', [scope.tenantId, id]);
    await tx.run('DELETE FROM slo_objective WHERE tenant_id = $1 AND id = $2', [scope.tenantId, id]);
    await record(scope, tx, 'slo-objective.delete', before, null);
    await resolveAlerts(scope, tx, endsOf(before));
    return id;
  });
}

async function lockOne(scope: Scope, tx: Tx, id: string): Promise<Objective> {
  const row = await tx.row<Objective>(
    `SELECT ${OBJECTIVE_COLUMNS} FROM slo_objective o WHERE o.tenant_id = $1 AND o.id = $2::uuid FOR UPDATE`,
    [scope.tenantId, id],
  );
  if (!row) throw new NotFoundError('objective', id);
  return row;
}

async function checkRoom(scope: Scope, tx: Tx): Promise<void> {
  const row = await tx.row<{ count: number }>(
    'SELECT count(*)::int AS count FROM slo_objective WHERE tenant_id = $1 AND NOT is_built_in',
    [scope.tenantId],
  );
  if ((row?.count ?? 0) >= MAX_OWN) {
    throw new ValidationError('name', `A tenant has at most ${MAX_OWN} objectives of its own.`);
  }
}

function changedBuiltIn(before: Objective, input: ObjectiveInput): Objective {
  const other = (['name', 'indicator', 'metric', 'labels', 'threshold', 'goodWhen'] as const).find(
    (field) => input[field] != null,
  );
  if (other) {
    throw new ValidationError(other, 'Of a built-in objective only target and isEnabled can be changed.');
  }
  const target = input.target ?? before.target;
  return settled({
    ...before,
    target,
    isEnabled: input.isEnabled ?? before.isEnabled,
    version: before.version + 1,
  });
}

function merged(scope: Scope, before: Objective | null, input: ObjectiveInput): Objective {
  const labels = input.labels === undefined ? (before?.labels ?? null) : textLabels(input.labels);
  return settled({
    ...{ id: before?.id ?? uuidv7(scope.now.getTime()), source: 'METRIC', isBuiltIn: false, labels },
    name: (input.name ?? before?.name ?? '').trim(),
    indicator: input.indicator ?? before?.indicator ?? 'LATENCY',
    metric: input.metric ?? before?.metric ?? null,
    threshold: input.threshold ?? before?.threshold ?? null,
    goodWhen: input.goodWhen ?? before?.goodWhen ?? 'BELOW',
    target: input.target ?? before?.target ?? 0.99,
    isEnabled: input.isEnabled ?? before?.isEnabled ?? true,
    ...{ failingChecks: before?.failingChecks ?? 0, status: before?.status ?? 'OK' },
    ...{ burnAlert: before?.burnAlert ?? 'NONE', lastCheckedAt: before?.lastCheckedAt ?? null },
    ...{ breachedAt: before?.breachedAt ?? null, lastCheck: before?.lastCheck ?? null },
    ...{ createdAt: before?.createdAt ?? scope.now, version: (before?.version ?? 0) + 1 },
  });
}

/** What is not looked at is not breached either. */
const settled = (objective: Objective): Objective =>
  objective.isEnabled
    ? objective
    : { ...objective, failingChecks: 0, status: 'OK', burnAlert: 'NONE', breachedAt: null };

async function write(scope: Scope, tx: Tx, o: Objective): Promise<void> {
  await tx.run(
    `INSERT INTO slo_objective (tenant_id, id, name, indicator, source, metric, labels, threshold, good_when, target,
       is_enabled, is_built_in, failing_checks, status, burn_alert, breached_at, created_at, version)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
     ON CONFLICT (tenant_id, id) DO UPDATE SET name = $3, indicator = $4, metric = $6, labels = $7, threshold = $8,
       good_when = $9, target = $10, is_enabled = $11, failing_checks = $13, status = $14, burn_alert = $15,
       breached_at = $16, version = $18`,
    [
      ...[
        scope.tenantId,
        o.id,
        o.name,
        o.indicator,
        o.source,
        o.metric,
        o.labels && JSON.stringify(o.labels),
      ],
      ...[o.threshold, o.goodWhen, o.target, o.isEnabled, o.isBuiltIn, o.failingChecks, o.status],
      ...[o.burnAlert, o.breachedAt, o.createdAt, o.version],
    ],
  );
}

async function record(
  scope: Scope,
  tx: Tx,
  action: string,
  before: Objective | null,
  after: Objective | null,
): Promise<void> {
  const subject = (after ?? before)?.id as string;
  await writeAudit(scope, tx, { action, subject, before: plain(before), after: plain(after) });
  tx.afterCommit(() => scope.cache.invalidate(METRIC_OBJECTIVES, scope.tenantId));
}

function plain(objective: Objective | null): Record<string, unknown> | null {
  if (!objective) return null;
  const { name, indicator, source, metric, labels, threshold, goodWhen, target, isEnabled } = objective;
  return { name, indicator, source, metric, labels, threshold, goodWhen, target, isEnabled };
}
