import { resolveAlerts } from '../../control/alert-intake/index.ts';
import { writeAudit } from '../../control/audit/index.ts';
import { NotFoundError, ValidationError, VersionConflictError } from '../../kernel/errors.ts';
import { isUuid } from '../../kernel/ids.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import type { DetectorKind } from './detect/index.ts';
import { relearned } from './relearn.ts';
import { nameOf, type Series } from './series.ts';
import { lockSeries, SERIES_COLUMNS, saveStates } from './store.ts';
import { incidentAlert, silenceAlert } from './tell.ts';

/** What is given changes; `silenceAfterSec` null: it may be silent for ever. */
export interface SeriesPatch {
  readonly id: string;
  readonly detector?: DetectorKind | null | undefined;
  readonly isEnabled?: boolean | null | undefined;
  /** Percent of the expected value, 0–1,000. */
  readonly minEffectPct?: number | null | undefined;
  /** 60 s to 35 d. */
  readonly silenceAfterSec?: number | null | undefined;
  readonly expectedVersion?: number | null | undefined;
}

const MAX_SILENCE_SEC = 35 * 86_400;

/**
 * Changes how a series is watched; audited. Another detector starts from the newest kept samples, and is not ready where
 * those are too few. Switching it, or the watching off, ends the series' alerts. Throws NotFoundError,
 * VersionConflictError and ValidationError.
 */
export async function updateMetricSeries(scope: Scope, patch: SeriesPatch): Promise<Series> {
  check(patch);
  return scope.db.tx(async (tx) => {
    const before = await locked(scope, tx, patch.id);
    if (patch.expectedVersion != null && patch.expectedVersion !== before.version) {
      throw new VersionConflictError('metric series', patch.expectedVersion, before.version);
    }
    const after = {
      detector: patch.detector ?? before.detector,
      isEnabled: patch.isEnabled ?? before.isEnabled,
      minEffectPct: patch.minEffectPct ?? before.minEffectPct,
      silenceAfterSec: patch.silenceAfterSec === undefined ? before.silenceAfterSec : patch.silenceAfterSec,
    };
    const isSwitched = after.detector !== before.detector;
    if (isSwitched) await switchDetector(scope, tx, before, after.detector);
    const endsIncident = isSwitched || !after.isEnabled;
    const endsSilence = after.silenceAfterSec === null || !after.isEnabled;
    const saved = await tx.row<Series>(
      `UPDATE metric_series s SET detector = $3, is_enabled = $4, min_effect_pct = $5, silence_after_sec = $6,
         alert_since = CASE WHEN $7 THEN NULL ELSE alert_since END,
         alert_severity = CASE WHEN $7 THEN NULL ELSE alert_severity END,
         calm_samples = CASE WHEN $7 THEN 0 ELSE calm_samples END, is_silent = is_silent AND NOT $8,
         trained_at = CASE WHEN $9 THEN NULL ELSE trained_at END,
         trained_samples = CASE WHEN $9 THEN 0 ELSE trained_samples END,
         tail = CASE WHEN $9 THEN '' ELSE tail END, version = version + 1
       WHERE s.tenant_id = $1 AND s.id = $2 RETURNING ${SERIES_COLUMNS}`,
      [
        ...[scope.tenantId, before.id, after.detector, after.isEnabled, after.minEffectPct],
        ...[after.silenceAfterSec, endsIncident, endsSilence, isSwitched],
      ],
    );
    await writeAudit(scope, tx, {
      ...{ action: 'metric-series.update', subject: nameOf(before), before: settingsOf(before), after },
    });
    await endAlerts(scope, tx, before, { endsIncident, endsSilence });
    return saved as Series;
  });
}

/** Removes a series with everything known of it; audited. Its next sample makes it anew. Throws NotFoundError. */
export async function deleteMetricSeries(scope: Scope, id: string): Promise<Series> {
  return scope.db.tx(async (tx) => {
    const before = await locked(scope, tx, id);
    for (const table of ['series_state', 'metric_rollup', 'anomaly']) {
      await tx.run(`DELETE FROM ${table} WHERE tenant_id = $1 AND series_id = $2`, [scope.tenantId, id]);
    }
    await tx.run('DELETE FROM metric_series WHERE tenant_id = $1 AND id = $2', [scope.tenantId, id]);
    const { samples } = before;
    await writeAudit(scope, tx, {
      action: 'metric-series.delete',
      subject: nameOf(before),
      before: { ...settingsOf(before), samples },
      after: null,
    });
    await endAlerts(scope, tx, before, { endsIncident: true, endsSilence: true });
    return before;
  });
}

async function locked(scope: Scope, tx: Tx, id: string): Promise<Series> {
  const [series] = isUuid(id) ? await lockSeries(tx, scope.tenantId, [id]) : [];
  if (!series) throw new NotFoundError('MetricSeries', id);
  return series;
}

async function switchDetector(scope: Scope, tx: Tx, { id }: Series, kind: DetectorKind): Promise<void> {
  const detector = await relearned(tx, scope.tenantId, id, kind);
  await saveStates(tx, scope.tenantId, [{ id, detector }]);
}

async function endAlerts(
  scope: Scope,
  tx: Tx,
  series: Series,
  { endsIncident, endsSilence }: { endsIncident: boolean; endsSilence: boolean },
): Promise<void> {
  const message = 'The series is watched otherwise, or no longer.';
  const ended = [];
  if (endsIncident && series.alertSince !== null) ended.push({ ...incidentAlert(series), message });
  if (endsSilence && series.isSilent) ended.push({ ...silenceAlert(series), message });
  await resolveAlerts(scope, tx, ended);
}

const settingsOf = ({ detector, isEnabled, minEffectPct, silenceAfterSec }: Series) => ({
  ...{ detector, isEnabled, minEffectPct, silenceAfterSec },
});

function check({ minEffectPct, silenceAfterSec }: SeriesPatch): void {
  if (minEffectPct != null && !(minEffectPct >= 0 && minEffectPct <= 1_000)) {
    throw new ValidationError('minEffectPct', 'A smallest effect is 0 to 1,000 percent.');
  }
  if (silenceAfterSec != null && !(silenceAfterSec >= 60 && silenceAfterSec <= MAX_SILENCE_SEC)) {
    throw new ValidationError('silenceAfterSec', 'A silence is noticed after 60 seconds to 35 days.');
  }
}
