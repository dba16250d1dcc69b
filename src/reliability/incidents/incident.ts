import { randomBytes } from 'node:crypto';
import { uuidv7 } from '../../kernel/ids.ts';
import type { EventPayloads } from '../../platform/events/types.ts';

export const INCIDENT_STATUSES = ['OPEN', 'ACKED', 'MITIGATED', 'RESOLVED'] as const;
export type IncidentStatus = (typeof INCIDENT_STATUSES)[number];
export type IncidentSeverity = 'CRITICAL' | 'HIGH';
export type IncidentSource = 'ALERT' | 'MANUAL';

/** Something is wrong and somebody is on it (spec j.4). */
export interface Incident {
  readonly id: string;
  readonly title: string;
  readonly severity: IncidentSeverity;
  readonly status: IncidentStatus;
  readonly source: IncidentSource;
  /** One live incident per key. */
  readonly sourceKey: string;
  readonly component: string;
  readonly openedAt: Date;
  readonly ackedAt: Date | null;
  readonly ackedBy: string | null;
  readonly mitigatedAt: Date | null;
  readonly resolvedAt: Date | null;
  /** When the runbook may be tried next; null when it has nothing to try. */
  readonly recoverAt: Date | null;
}

export type EntryKind =
  | 'OPENED'
  | 'SEEN_AGAIN'
  | 'ACKED'
  | 'MITIGATED'
  | 'RESOLVED'
  | 'NOTE'
  | 'STEP'
  | 'ESCALATED';

/** One line of an incident's append-only timeline. */
export interface IncidentEntry {
  readonly id: string;
  readonly incidentId: string;
  readonly at: Date;
  readonly kind: EntryKind;
  readonly actor: string;
  readonly message: string;
  readonly details: Record<string, unknown> | null;
}

/** The columns of `Incident`; `i` is the table. */
export const INCIDENT_COLUMNS = `i.id, i.title, i.severity, i.status, i.source, i.source_key AS "sourceKey",
  i.component, i.opened_at AS "openedAt", i.acked_at AS "ackedAt", i.acked_by AS "ackedBy",
  i.mitigated_at AS "mitigatedAt", i.resolved_at AS "resolvedAt", i.recover_at AS "recoverAt"`;

let serial = 0;

/** Ids of entries of one instant sort in the order in which this process wrote them. */
export function entryId(now: Date): string {
  const random = randomBytes(10);
  serial = (serial + 1) % 4096;
  random[0] = serial >> 4;
  random[1] = ((serial & 15) << 4) | ((random[1] as number) & 15);
  return uuidv7(now.getTime(), random);
}

/** The whole fact for the event log. */
export function incidentPayload(
  incident: Pick<Incident, 'id' | 'title' | 'severity' | 'status' | 'component'>,
  change: { previousStatus: IncidentStatus | null; by: string; message: string },
): EventPayloads['INCIDENT_CHANGED'] {
  const { id, title, severity, status, component } = incident;
  return { incidentId: id, title, severity, status, component, ...change };
}
