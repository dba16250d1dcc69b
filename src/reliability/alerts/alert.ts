import { ALERT_LEVELS, type AlertLevel } from '../../control/alert-intake/index.ts';
import type { AlertPayload } from '../../platform/events/payloads.ts';
import type { NewEvent } from '../../platform/events/types.ts';

export const ALERT_STATUSES = ['FIRING', 'RESOLVED'] as const;
export type AlertStatus = (typeof ALERT_STATUSES)[number];

/** Why nobody is told of an alert; ALL_CHANNELS_FAILED: everybody was, and nothing arrived. */
export const SUPPRESSIONS = ['SILENCED', 'INHIBITED', 'NO_ROUTE', 'ALL_CHANNELS_FAILED'] as const;
export type Suppression = (typeof SUPPRESSIONS)[number];

/** An alert as the router knows it (spec n.1): one firing per fingerprint. */
export interface Alert {
  readonly id: string;
  readonly fingerprint: string;
  readonly level: AlertLevel;
  readonly type: string;
  readonly component: string;
  readonly title: string | null;
  readonly message: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly status: AlertStatus;
  /** How often it was raised. */
  readonly count: bigint;
  readonly firstAt: Date;
  readonly lastAt: Date;
  /** When level, title or message last became another. */
  readonly changedAt: Date;
  readonly resolvedAt: Date | null;
  readonly ackedAt: Date | null;
  readonly ackedBy: string | null;
  readonly suppression: Suppression | null;
  /** When the router looks at it next; null when nothing is to come. */
  readonly dueAt: Date | null;
  readonly notifiedAt: Date | null;
  /** Its level when somebody was last told; null when nobody ever was. */
  readonly notifiedLevel: AlertLevel | null;
  /** Steps of the escalation taken. */
  readonly escalationStep: number;
  readonly escalateAt: Date | null;
  readonly opensIncident: boolean;
  readonly incidentId: string | null;
}

/** The columns of `Alert`; `a` is the table. */
export const ALERT_COLUMNS = `a.id, a.fingerprint, a.level, a.type, a.component, a.title, a.message, a.labels, a.status,
  a.count, a.first_at AS "firstAt", a.last_at AS "lastAt", a.changed_at AS "changedAt",
  a.resolved_at AS "resolvedAt", a.acked_at AS "ackedAt", a.acked_by AS "ackedBy", a.suppression,
  a.due_at AS "dueAt", a.notified_at AS "notifiedAt", a.notified_level AS "notifiedLevel",
  a.escalation_step AS "escalationStep", a.escalate_at AS "escalateAt", a.opens_incident AS "opensIncident",
  a.incident_id AS "incidentId"`;

/** 0 info … 3 critical. */
export const rankOf = (level: AlertLevel): number => ALERT_LEVELS.indexOf(level);

/** What an ALERT_CHANGED event says has happened. */
export type AlertChange =
  | 'FIRED'
  | 'CHANGED'
  | 'ACKNOWLEDGED'
  | 'ESCALATED'
  | 'SUPPRESSED'
  | 'UNSUPPRESSED'
  | 'ALL_CHANNELS_FAILED'
  | 'RESOLVED';

/** The whole fact for the event log. */
export function alertEvent(alert: Alert, change: AlertChange): NewEvent {
  const { id, level, type, component, title, message, labels, status, suppression, incidentId } = alert;
  const payload: AlertPayload = {
    ...{
      alertId: id,
      level,
      type,
      component,
      title,
      message,
      labels,
      status,
      change,
      suppression,
      incidentId,
    },
    count: String(alert.count),
  };
  return { type: 'ALERT_CHANGED', payload };
}
