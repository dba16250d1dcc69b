import { canonicalJson } from '../../kernel/canonical.ts';
import { sha256Hex, uuidv7 } from '../../kernel/ids.ts';
import { madeWhole } from '../../kernel/text.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { watchTenant } from '../watch/index.ts';

/** Levels of alerts, least first (spec 0.8, n.1). */
export const ALERT_LEVELS = ['info', 'warning', 'error', 'critical'] as const;
export type AlertLevel = (typeof ALERT_LEVELS)[number];

/** What makes two alerts the same one: its type, its part and its labels, or the key its source gives it. */
export interface AlertIdentity {
  /** What is wrong, in capitals, e.g. `SLO_BREACH`. */
  readonly type: string;
  /** The part it is about, e.g. `payments`; alerts of one component are told together. */
  readonly component: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly dedupeKey?: string | undefined;
}

/** Something that an operator should know. */
export interface NewAlert extends AlertIdentity {
  readonly level: AlertLevel;
  readonly title?: string | undefined;
  /** One sentence for people, without secrets. */
  readonly message: string;
  /** Whether it opens an incident when it is critical. */
  readonly opensIncident?: boolean;
}

/** The end of an alert; nothing happens when it is not firing. */
export interface AlertEnd extends AlertIdentity {
  readonly message?: string;
}

/** The identity of an alert within its tenant: sha256(tenant|type|component and labels), or of its own key (spec n.1). */
export function fingerprintOf(tenantId: string, alert: AlertIdentity): string {
  return alert.dedupeKey === undefined
    ? sha256Hex(tenantId, alert.type, alert.component, canonicalJson(alert.labels ?? {}))
    : sha256Hex(tenantId, 'key', alert.dedupeKey);
}

/*
 * In the order given, which the column seq keeps. The end of what nobody knows of is left out: sources say that all is
 * well far more often than that it is not.
 */
const INSERT = `
  INSERT INTO alert_intake (tenant_id, id, at, kind, fingerprint, level, type, component, title, message, labels,
    opens_incident)
  SELECT $1, n.id, $3, n.kind, n.fingerprint, n.level, n.type, n.component, n.title, n.message, n.labels,
    n."opensIncident"
  FROM ROWS FROM (jsonb_to_recordset($2::jsonb) AS (id uuid, kind text, fingerprint text, level text, type text,
    component text, title text, message text, labels jsonb, "opensIncident" boolean)) WITH ORDINALITY
    AS n (id, kind, fingerprint, level, type, component, title, message, labels, "opensIncident", position)
  WHERE n.kind = 'FIRE' OR EXISTS (SELECT FROM alert a
      WHERE a.tenant_id = $1 AND a.fingerprint = n.fingerprint AND a.status = 'FIRING')
    OR EXISTS (SELECT FROM alert_intake i WHERE i.tenant_id = $1 AND i.fingerprint = n.fingerprint)
  ORDER BY n.position`;

/**
 * Hands alerts to the router, in the transaction of what they are about: they are told exactly when it is true. Call it
 * late: the tenant's place on the router's list is locked until the commit. Two statements for any number.
 */
export async function raiseAlerts(scope: Scope, tx: Tx, alerts: readonly NewAlert[]): Promise<void> {
  await take(
    scope,
    tx,
    alerts.map((alert) => ({ ...alert, kind: 'FIRE' as const })),
  );
}

/** Tells the router that what these alerts were about is over; one statement when none of them fires. */
export async function resolveAlerts(scope: Scope, tx: Tx, ends: readonly AlertEnd[]): Promise<void> {
  await take(
    scope,
    tx,
    ends.map((end) => ({
      ...end,
      kind: 'RESOLVE' as const,
      level: 'info' as const,
      message: end.message ?? '',
    })),
  );
}

async function take(
  scope: Scope,
  tx: Tx,
  alerts: readonly (NewAlert & { kind: 'FIRE' | 'RESOLVE' })[],
): Promise<void> {
  if (alerts.length === 0) return;
  const rows = alerts.map((alert) => ({
    ...alert,
    id: uuidv7(scope.now.getTime()),
    fingerprint: fingerprintOf(scope.tenantId, alert),
    title: alert.title === undefined ? null : madeWhole(alert.title),
    message: madeWhole(alert.message),
    labels: alert.labels ?? {},
    opensIncident: alert.opensIncident ?? false,
  }));
  const taken = await tx.run(INSERT, [scope.tenantId, JSON.stringify(rows), scope.now], 'raise_alerts');
  if (taken > 0) await watchTenant(tx, 'ALERTS', scope.tenantId);
}
