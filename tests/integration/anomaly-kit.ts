import type { Scope } from '../../src/platform/scope.ts';
import { type Ingested, ingestMetrics } from '../../src/reliability/anomalies/index.ts';

/** The document's window (spec j.6): mean 100, std 7.1067, fences 80 and 120. */
export const LEVELS = [90, 95, 100, 105, 110];
export const START = Date.parse('2026-11-20T00:00:00Z');
export const SECOND = 1_000;
export const MINUTE = 60_000;

/** `n` samples of the document's window. */
export const window = (n: number): number[] => Array.from({ length: n }, (_, i) => LEVELS[i % 5] as number);

/** Sends values of one series, `stepMs` apart. */
export function send(
  scope: Scope,
  metric: string,
  values: readonly unknown[],
  { at = START, stepMs = SECOND, labels = {} as Record<string, string>, key = null as string | null } = {},
): Promise<Ingested> {
  return ingestMetrics(scope, {
    series: [{ metric, labels, startAt: at, stepMs, values }],
    idempotencyKey: key,
  });
}

/** Everything stored of the tenant's series, to be compared. */
export async function stored(scope: Scope): Promise<unknown[]> {
  const { tenantId } = scope;
  return Promise.all(
    [
      'SELECT * FROM metric_series WHERE tenant_id = $1 ORDER BY id',
      "SELECT series_id, encode(state, 'hex') FROM series_state WHERE tenant_id = $1 ORDER BY 1",
      'SELECT * FROM metric_rollup WHERE tenant_id = $1 ORDER BY series_id, minute',
      'SELECT series_id, at, kind, score FROM anomaly WHERE tenant_id = $1 ORDER BY 1, 2, 3',
    ].map((sql) => scope.db.rows(sql, [tenantId])),
  );
}

/** The alerts handed to the router so far, in order: `FIRE warning METRIC_ANOMALY latency_ms`. */
export async function told(scope: Scope): Promise<string[]> {
  const rows = await scope.db.rows<{ kind: string; level: string; type: string; component: string }>(
    'SELECT kind, level, type, component FROM alert_intake WHERE tenant_id = $1 ORDER BY id',
    [scope.tenantId],
  );
  return rows.map(({ kind, level, type, component }) =>
    kind === 'FIRE' ? `FIRE ${level} ${type} ${component}` : `RESOLVE ${type} ${component}`,
  );
}
