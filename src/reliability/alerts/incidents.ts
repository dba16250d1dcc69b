import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { noteOnIncident, openIncident } from '../incidents/index.ts';
import type { Alert } from './alert.ts';
import type { Standing } from './plan.ts';

/** Incidents opened by one look; a storm of causes opens the rest when it is told again. */
const MAX_OPENED = 50;

/** One incident per kind of trouble and part: a storm over many labels is one cause. */
export const incidentKeyOf = ({ type, component }: Pick<Alert, 'type' | 'component'>): string =>
  `alert:${type}:${component}`;

/**
 * Opens incidents for critical alerts that are told and ask for one, and for those that nobody acknowledged in time; and
 * writes on the timelines of the others that they were seen again, went a step up, or are over. Locks incidents in one
 * order before the first event.
 */
export async function updateIncidents(
  scope: Scope,
  tx: Tx,
  standings: readonly Standing[],
): Promise<Standing[]> {
  const wanting = standings.filter(({ after, tell }) => after.incidentId === null && asks(after, tell));
  const opening = [...Map.groupBy(wanting, ({ after }) => incidentKeyOf(after))].slice(0, MAX_OPENED);
  const having = standings.filter(({ after, tell }) => after.incidentId !== null && tell !== null);
  if (opening.length === 0 && having.length === 0) return [...standings];
  const noted = Map.groupBy(having, ({ after }) => after.incidentId as string);
  const keys = opening.map(([key]) => key);
  await tx.run(
    `SELECT 1 FROM incident WHERE tenant_id = $1 AND (id = ANY($2::uuid[])
       OR source_key = ANY($3) AND status <> 'RESOLVED') ORDER BY id FOR UPDATE`,
    [scope.tenantId, [...noted.keys()], keys],
    'lock_alert_incidents',
  );
  for (const [incidentId, about] of noted) await noteOnIncident(scope, tx, incidentId, noteOf(about));
  const opened = new Map<string, string>();
  for (const [sourceKey, [first]] of opening) {
    if (first) opened.set(sourceKey, await open(scope, tx, sourceKey, first.after));
  }
  return standings.map((each) => {
    const incidentId = wanting.includes(each) ? (opened.get(incidentKeyOf(each.after)) ?? null) : null;
    return incidentId ? { ...each, after: { ...each.after, incidentId } } : each;
  });
}

function asks({ level, status, opensIncident }: Alert, tell: Standing['tell']): boolean {
  if (status !== 'FIRING' || level !== 'critical' || tell === null) return false;
  return opensIncident || tell === 'ESCALATION';
}

async function open(scope: Scope, tx: Tx, sourceKey: string, alert: Alert): Promise<string> {
  const { incidentId } = await openIncident(scope, tx, {
    ...{ sourceKey, source: 'ALERT', severity: 'CRITICAL', component: alert.component },
    ...{ title: alert.title ?? alert.message.slice(0, 200), message: alert.message },
  });
  return incidentId;
}

function noteOf(about: readonly Standing[]): { kind: 'SEEN_AGAIN' | 'NOTE' | 'ESCALATED'; message: string } {
  const worst =
    about.find(({ tell }) => tell === 'ESCALATION') ?? about.find(({ tell }) => tell !== 'RESOLVED');
  const { after, tell } = worst ?? (about[0] as Standing);
  if (tell === 'RESOLVED') return { kind: 'NOTE', message: `Its alert is over: ${after.message}` };
  const kind = tell === 'ESCALATION' ? 'ESCALATED' : 'SEEN_AGAIN';
  const times = after.count > 1n ? ` (count ${after.count})` : '';
  const plea = tell === 'ESCALATION' ? 'Nobody has acknowledged the alert: ' : '';
  return { kind, message: `${plea}${after.message}${times}` };
}
