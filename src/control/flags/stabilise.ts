import { PLATFORM_TENANT } from '../../kernel/ids.ts';
import type { Sql } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { type Changed, changeFlag } from './change-flag.ts';
import type { Flag } from './flag-row.ts';
import { STABILISE_FLAG } from './keys.ts';
import { effectiveOf } from './read.ts';
import { selectFlags } from './store.ts';

export interface SetStabiliseMode {
  readonly isOn: boolean;
  /** Needed to switch it off. */
  readonly reason?: string | null | undefined;
}

/**
 * Freezes every automatic change of the tenant (the platform tenant: of everybody), at once and without questions, or
 * ends it, which needs a reason (spec j.5). Asking for what is already so changes nothing.
 */
export function setStabiliseMode(scope: Scope, { isOn, reason }: SetStabiliseMode): Promise<Changed> {
  return scope.db.tx(async (tx) => {
    const [flag] = await selectFlags(tx, scope.tenantId, { keys: [STABILISE_FLAG] });
    if (flag && ownValue(flag, scope.tenantId) === isOn) return { flag, request: null };
    return changeFlag(scope, tx, { key: STABILISE_FLAG, reason }, { kind: 'SET', value: isOn });
  });
}

const ownValue = (flag: Flag, tenantId: string): boolean =>
  (flag.tenantId === tenantId ? flag.defaultValue : flag.override?.value) === true;

/** Automatic actions of one kind that the freeze holds back. */
export interface HeldKind {
  /** The formula that decided, e.g. learning.threshold. */
  readonly kind: string;
  /** Decisions with the verdict HOLD/STABILIZE_MODE since it was switched on. */
  readonly decisions: number;
  /** The things they are about. */
  readonly subjects: number;
  readonly newestAt: Date;
  /** Plain id of the newest decision. */
  readonly newestDecisionId: string;
}

export interface StabiliseStatus {
  readonly isOn: boolean;
  /** Who froze it: the tenant, the installation or both. */
  readonly sources: readonly ('TENANT' | 'INSTALLATION')[];
  readonly since: Date | null;
  readonly by: string | null;
  /** In the words of who switched it last; only what the tenant itself switched is told. */
  readonly reason: string | null;
}

/** Whether the tenant is frozen, by whom and since when. Two statements. */
export async function stabiliseStatus(scope: Scope): Promise<StabiliseStatus> {
  const [flag] = await selectFlags(scope.db, scope.tenantId, { keys: [STABILISE_FLAG] });
  const entry = await scope.db.row<{ reason: string | null }>(
    `SELECT reason FROM audit_entry WHERE tenant_id = $1 AND subject = $2 AND action IN ('flag.overridden', 'flag.changed')
     ORDER BY at DESC, id DESC LIMIT 1`,
    [scope.tenantId, STABILISE_FLAG],
    'stabilise_reason',
  );
  const reason = entry?.reason ?? null;
  if (!flag) return { isOn: false, sources: [], since: null, by: null, reason };
  const isInstallation = scope.tenantId === PLATFORM_TENANT;
  // Its rules count too: it may freeze some tenants only.
  const { override: _, ...installations } = flag;
  const switches = [
    ...(flag.override?.value === true ? [{ source: 'TENANT' as const, ...flag.override }] : []),
    ...(effectiveOf(scope, installations).value === true
      ? [{ source: 'INSTALLATION' as const, ...flag }]
      : []),
  ].sort((a, b) => a.updatedAt.getTime() - b.updatedAt.getTime());
  const [first] = switches;
  // Who is frozen by the installation did not say why.
  const isOurs = flag.override !== undefined && (flag.override.value === true || first === undefined);
  return {
    isOn: first !== undefined,
    sources: switches.map(({ source }) => source),
    ...{ since: first?.updatedAt ?? null, by: first?.updatedBy ?? null },
    reason: isInstallation || isOurs ? reason : null,
  };
}

/** What the freeze has held back since `since`, by kind. One statement. */
export function heldSince(sql: Sql, tenantId: string, since: Date): Promise<HeldKind[]> {
  return sql.rows<HeldKind>(
    `SELECT kind, count(*)::int AS decisions, count(DISTINCT subject)::int AS subjects, max(created_at) AS "newestAt",
       (array_agg(id ORDER BY created_at DESC, id DESC))[1] AS "newestDecisionId"
     FROM decision WHERE tenant_id = $1 AND created_at >= $2 AND verdict = 'HOLD' AND verdict_reason = 'STABILIZE_MODE'
     GROUP BY kind ORDER BY kind`,
    [tenantId, since],
    'stabilise_held',
  );
}
