import {
  type AlertEnd,
  type NewAlert,
  raiseAlerts,
  resolveAlerts,
} from '../../control/alert-intake/index.ts';
import { uuidFrom, uuidv7 } from '../../kernel/ids.ts';
import { addMs, DAY_MS } from '../../kernel/time.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { channelChecks, ownChecks } from './checks.ts';
import { type ComponentHealth, type HealthReport, overallOf, runCheck } from './component.ts';
import { recall, remember } from './history.ts';
import { type HealthTrends, trendsOf } from './trends.ts';

/** HEALTH_CHECK_TIMEOUT_SECONDS (spec j.1), ms. */
let timeoutMs = 5_000;

/** Sets how long a check may take, for this process; the composition root does so once. */
export function configureHealth(options: { timeoutSec: number }): void {
  timeoutMs = options.timeoutSec * 1_000;
}

/**
 * Looks at every part at once, each for at most its time-out (spec j.1). Writes nothing; the report is remembered in this
 * process. Never throws: a part that cannot be asked is UNHEALTHY.
 */
export async function healthCheck(scope: Scope): Promise<HealthReport> {
  const started = performance.now();
  const run = (checks: Parameters<typeof runCheck>[0][]) =>
    Promise.all(checks.map((check) => runCheck(check, timeoutMs)));
  const [own, channels] = await Promise.all([
    run(ownChecks(scope)),
    // The list itself may be what hangs; then there is nothing to say about channels.
    withinTime(channelChecks(scope)).then(run, (): ComponentHealth[] => [unlisted]),
  ]);
  const components = [...own, ...channels];
  const report: HealthReport = {
    ...{ id: uuidv7(scope.now.getTime()), at: scope.now, status: overallOf(components), components },
    durationMs: Math.round(performance.now() - started),
  };
  remember(scope.tenantId, report);
  return report;
}

const unlisted: ComponentHealth = {
  ...{ name: 'channels', status: 'UNKNOWN', isRequired: false, responseMs: 0 },
  message: 'The channels could not be listed.',
};

async function withinTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('Timeout')), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

const COLUMNS = 'id, at, status, duration_ms AS "durationMs", components';

/**
 * The hourly look: kept for 30 days, compared with the one before; parts that fell over or came back are told to
 * operators (critical for database and self, else error). The same instant again changes nothing.
 */
export async function checkHealth(scope: Scope): Promise<HealthReport> {
  const checked = await healthCheck(scope);
  const report = { ...checked, id: uuidFrom(scope.tenantId, 'health', scope.now.toISOString()) };
  await scope.db.tx(async (tx) => {
    const before = await tx.row<HealthReport>(
      `SELECT ${COLUMNS} FROM health_report WHERE tenant_id = $1 AND at < $2 ORDER BY at DESC, id DESC LIMIT 1`,
      [scope.tenantId, scope.now],
    );
    if (!(await insert(scope, tx, report))) return;
    await tell(scope, tx, before, report);
  });
  return report;
}

async function insert(scope: Scope, tx: Tx, report: HealthReport): Promise<boolean> {
  const { id, at, status, durationMs, components } = report;
  const written = await tx.run(
    `INSERT INTO health_report (tenant_id, id, at, status, duration_ms, components) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT DO NOTHING`,
    [scope.tenantId, id, at, status, durationMs, JSON.stringify(components)],
  );
  return written === 1;
}

async function tell(
  scope: Scope,
  tx: Tx,
  before: HealthReport | undefined,
  after: HealthReport,
): Promise<void> {
  const named = (status: string) =>
    after.components.filter((one) => one.status === status).map(({ name }) => name);
  if (after.status !== (before?.status ?? 'HEALTHY')) {
    const payload = {
      ...{ status: after.status, previousStatus: before?.status ?? null },
      ...{ unhealthy: named('UNHEALTHY'), degraded: named('DEGRADED') },
    };
    await scope.events.append(tx, scope.tenantId, [{ type: 'HEALTH_CHANGED', payload }]);
  }
  const wasDown = new Set((before?.components ?? []).filter(isDown).map(({ name }) => name));
  const isNowDown = after.components.filter(isDown);
  const stillDown = new Set(isNowDown.map(({ name }) => name));
  const ends = [...wasDown].filter((name) => !stillDown.has(name)).map((name): AlertEnd => identity(name));
  await resolveAlerts(scope, tx, ends);
  await raiseAlerts(scope, tx, isNowDown.filter(({ name }) => !wasDown.has(name)).map(alertOf));
}

const isDown = ({ status }: ComponentHealth): boolean => status === 'UNHEALTHY';
const identity = (name: string) => ({ type: 'UNHEALTHY', component: name });

function alertOf({ name, message }: ComponentHealth): NewAlert {
  const isVital = name === 'database' || name === 'self';
  return {
    ...{ ...identity(name), level: isVital ? 'critical' : 'error', opensIncident: isVital },
    ...{ title: `${name} is unhealthy`, message: `${name} is unhealthy: ${message ?? 'no answer'}` },
  };
}

/** Reports that trends look at by default, and at most: 30 days of hours. */
export const TREND_REPORTS = 100;
export const MAX_TREND_REPORTS = 720;

/** Availability and response times over the last reports; from this process' memory while the database is away. */
export async function healthTrends(scope: Scope, last = TREND_REPORTS): Promise<HealthTrends> {
  try {
    const rows = await withinTime(
      scope.db.rows<HealthReport>(
        `SELECT ${COLUMNS} FROM health_report WHERE tenant_id = $1 ORDER BY at DESC, id DESC LIMIT $2`,
        [scope.tenantId, last],
        'health_trends',
      ),
    );
    return trendsOf(rows.reverse());
  } catch (error) {
    scope.log.warn({ err: error }, 'health trends');
    return trendsOf(recall(scope.tenantId).slice(-last), true);
  }
}

const KEPT_DAYS = 30;

/** Forgets reports older than 30 days. */
export const pruneHealth = (scope: Scope, tx: Tx): Promise<number> =>
  tx.run('DELETE FROM health_report WHERE tenant_id = $1 AND at < $2', [
    scope.tenantId,
    addMs(scope.now, -KEPT_DAYS * DAY_MS),
  ]);
