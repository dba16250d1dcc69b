import { countPending } from '../commerce/orders/index.ts';
import { getTenant, type TenantRow } from '../control/tenancy/index.ts';
import { type DeliveryTotals, deliveryTotals } from '../delivery/report/index.ts';
import { NotFoundError } from '../kernel/errors.ts';
import { type Connection, type PageArgs, pageOf, toConnection } from '../kernel/page.ts';
import type { Scope } from '../platform/scope.ts';
import { nextCycle } from './schedule.ts';
import {
  CYCLE_COLUMNS,
  type CycleRow,
  type CycleStatus,
  getCycle,
  PHASE_COLUMNS,
  type PhaseRow,
} from './store.ts';

/** Lifetime counters of a tenant's engine; they survive restarts. */
export interface EngineCounters {
  cycles: bigint;
  failedPhases: bigint;
  opportunities: bigint;
  elite: bigint;
  crossBorder: bigint;
  offers: bigint;
  issuesOpened: bigint;
  lastCycleAt: Date | null;
}

/** Where the tenant's engine stands, with the seed's fields of all time (spec c.9). */
export interface EngineStatus extends DeliveryTotals {
  tenant: TenantRow;
  counters: EngineCounters;
  runningCycle: CycleRow | null;
  lastCycle: CycleRow | null;
  nextCycleAt: Date | null;
  pendingOrders: number;
  deliveryOpportunitiesDetected: number;
  eliteOpportunities: number;
  crossBorderOrders: number;
}

const NO_COUNTERS: EngineCounters = {
  ...{
    cycles: 0n,
    failedPhases: 0n,
    opportunities: 0n,
    elite: 0n,
    crossBorder: 0n,
    offers: 0n,
    issuesOpened: 0n,
  },
  lastCycleAt: null,
};

/** Status, counters, the running and the last cycle: six statements. */
export async function engineStatus(scope: Scope): Promise<EngineStatus> {
  const { db, tenantId } = scope;
  const [tenant, stored, running, last, pendingOrders, totals] = await Promise.all([
    getTenant(db, tenantId),
    db.row<EngineCounters>(
      `SELECT cycles, failed_phases AS "failedPhases", opportunities, elite, cross_border AS "crossBorder", offers,
         issues_opened AS "issuesOpened", last_cycle_at AS "lastCycleAt" FROM engine_counters WHERE tenant_id = $1`,
      [tenantId],
      'engine_counters',
    ),
    db.row<CycleRow>(
      `SELECT ${CYCLE_COLUMNS} FROM cycle WHERE tenant_id = $1
       AND id = (SELECT cycle_id FROM cycle_claim WHERE tenant_id = $1)`,
      [tenantId],
    ),
    db.row<CycleRow>(
      `SELECT ${CYCLE_COLUMNS} FROM cycle WHERE tenant_id = $1 AND status <> 'RUNNING' AND NOT is_dry_run
       ORDER BY started_at DESC, id DESC LIMIT 1`,
      [tenantId],
    ),
    countPending(db, tenantId, scope.now),
    deliveryTotals(db, tenantId),
  ]);
  const counters = stored ?? NO_COUNTERS;
  return {
    tenant,
    counters,
    runningCycle: running ?? null,
    lastCycle: last ?? null,
    nextCycleAt: tenant.engineStatus === 'RUNNING' ? nextCycle(tenant, scope.now) : null,
    pendingOrders,
    deliveryOpportunitiesDetected: Number(counters.opportunities),
    eliteOpportunities: Number(counters.elite),
    crossBorderOrders: Number(counters.crossBorder),
    ...totals,
  };
}

/** The tenant's cycles, newest first. */
export async function listCycles(
  scope: Scope,
  filter: { status?: CycleStatus | null | undefined },
  args: PageArgs,
): Promise<Connection<CycleRow>> {
  const page = pageOf(args, 2);
  const [compare, direction] = page.isForward ? ['<', 'DESC'] : ['>', 'ASC'];
  const rows = await scope.db.rows<CycleRow>(
    `SELECT ${CYCLE_COLUMNS} FROM cycle WHERE tenant_id = $1 AND ($2::text IS NULL OR status = $2)
       AND ($3::timestamptz IS NULL OR (started_at, id) ${compare} ($3::timestamptz, $4::uuid))
     ORDER BY started_at ${direction}, id ${direction} LIMIT $5`,
    [
      scope.tenantId,
      filter.status ?? null,
      page.cursor?.[0] ?? null,
      page.cursor?.[1] ?? null,
      page.size + 1,
    ],
    `list_cycles_${direction}`,
  );
  return toConnection(rows, page, (row) => [row.startedAt, row.id]);
}

/** One cycle; NotFoundError for another tenant's. */
export async function findCycle(scope: Scope, id: string): Promise<CycleRow> {
  const cycle = await getCycle(scope.db, scope.tenantId, id);
  if (!cycle) throw new NotFoundError('cycle', id);
  return cycle;
}

/** The phases of several cycles in one statement, each list in order. */
export async function phasesOf(scope: Scope, cycleIds: readonly string[]): Promise<PhaseRow[][]> {
  const rows = await scope.db.rows<PhaseRow>(
    `SELECT ${PHASE_COLUMNS} FROM cycle_phase WHERE tenant_id = $1 AND cycle_id = ANY($2::uuid[]) ORDER BY position`,
    [scope.tenantId, cycleIds],
    'phases_of_cycles',
  );
  const byCycle = Map.groupBy(rows, (row) => row.cycleId);
  return cycleIds.map((id) => byCycle.get(id) ?? []);
}
