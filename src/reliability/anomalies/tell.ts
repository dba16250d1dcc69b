import {
  type AlertEnd,
  type NewAlert,
  raiseAlerts,
  resolveAlerts,
} from '../../control/alert-intake/index.ts';
import { uuidv7 } from '../../kernel/ids.ts';
import { addMs, HOUR_MS } from '../../kernel/time.ts';
import type { Tx } from '../../platform/db/sql.ts';
import { type Scope, scopeAt } from '../../platform/scope.ts';
import type { Finding } from './incident.ts';
import { column, instants, texts } from './literals.ts';
import type { Observed } from './observe.ts';
import type { SeriesName } from './series.ts';
import { messageOf, titleOf } from './words.ts';

/** What happened longer ago is recorded, and nobody is woken: somebody has sent history. */
const NEWS_MS = 6 * HOUR_MS;

const INSERT = `
  INSERT INTO anomaly (tenant_id, id, series_id, at, kind, severity, value, score, expected, reason, created_at)
  SELECT $1, n.id, n.series, n.at, n.kind, n.severity, n.value, n.score, n.expected, n.reason, $2
  FROM unnest($3::uuid[], $4::uuid[], $5::timestamptz[], $6::text[], $7::text[], $8::float8[], $9::float8[],
    $10::float8[], $11::text[]) AS n (id, series, at, kind, severity, value, score, expected, reason)`;

/** Records findings and announces each as an event; answers their ids. Two statements for any number. */
export async function record(scope: Scope, tx: Tx, findings: readonly Finding[]): Promise<string[]> {
  if (findings.length === 0) return [];
  const ids = findings.map(() => uuidv7(scope.now.getTime()));
  await tx.run(
    INSERT,
    [
      ...[scope.tenantId, scope.now, column(ids), column(findings.map(({ series }) => series.id))],
      ...[instants(findings.map(({ at }) => at)), texts(findings.map(({ kind }) => kind))],
      ...[texts(findings.map(({ severity }) => severity)), column(findings.map(({ value }) => value))],
      ...[column(findings.map(({ score }) => score)), column(findings.map(({ expected }) => expected))],
      texts(findings.map(({ reason }) => reason)),
    ],
    'anomalies_insert',
  );
  await scope.events.append(
    tx,
    scope.tenantId,
    findings.map((finding, i) => ({
      type: 'ANOMALY_DETECTED',
      payload: payloadOf(finding, ids[i] as string),
    })),
  );
  return ids;
}

function payloadOf({ series, at, ...finding }: Finding, anomalyId: string) {
  const { id: seriesId, metric, labels } = series;
  const { kind, severity, value, score, expected, reason } = finding;
  return {
    ...{ anomalyId, seriesId, metric, labels: { ...labels }, at: new Date(at).toISOString() },
    ...{ kind, severity, value, score, expected, reason },
  };
}

/** The alert of a series' incident; the same one until it is over. */
export const incidentAlert = ({ metric, labels }: SeriesName): AlertEnd => ({
  ...{ type: 'METRIC_ANOMALY', component: metric, labels },
});
/** The alert of a series that has fallen silent. */
export const silenceAlert = ({ metric, labels }: SeriesName): AlertEnd => ({
  ...{ type: 'METRIC_SILENCE', component: metric, labels },
});

/** An alert in plain words. */
export function alertOf(finding: Finding): NewAlert {
  const { kind, series, severity } = finding;
  return {
    ...(kind === 'SILENCE' ? silenceAlert(series) : incidentAlert(series)),
    level: severity === 'CRITICAL' ? 'critical' : 'warning',
    title: titleOf(finding),
    message: messageOf(finding),
  };
}

/**
 * Tells the router how the incidents of these series turned: once when one begins or becomes critical, once when it is
 * over. At most four statements.
 */
export async function tellTurns(scope: Scope, tx: Tx, observed: readonly Observed[]): Promise<void> {
  const raised: NewAlert[] = [];
  const ended: AlertEnd[] = [];
  for (const { series, track, turn } of observed) {
    const isNews = turn.told !== null && turn.told.at >= scope.now.getTime() - NEWS_MS;
    if (turn.told && isNews) raised.push(alertOf(turn.told));
    if (turn.isOver && (isNews || series.alertSince !== null)) {
      ended.push({ ...incidentAlert(series), message: 'Normal again.' });
    }
    if (series.isSilent && !track.isSilent) {
      ended.push({ ...silenceAlert(series), message: 'It speaks again.' });
    }
  }
  await raiseAlerts(scope, tx, raised);
  // The router reads by instant: what began and ended in one batch has to arrive in this order.
  await resolveAlerts(scopeAt(scope, addMs(scope.now, 1)), tx, ended);
}
