import { NotFoundError } from '../../kernel/errors.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { type Incident, incidentPayload } from './incident.ts';
import { appendEntries, insertIncident, lockIncident, lockLive, type NewIncident } from './store.ts';

/** Whoever resolves the live one between our two looks makes room for a new one. */
const TRIES = 3;

/**
 * Opens an incident in the transaction of what it is about, with its first timeline entry and its event. A key has one
 * live incident: opening it again is a SEEN_AGAIN entry on that one and `isNew` is false.
 */
export async function openIncident(
  scope: Scope,
  tx: Tx,
  incident: NewIncident,
): Promise<{ incidentId: string; isNew: boolean }> {
  for (let i = 0; i < TRIES; i++) {
    const opened = await insertIncident(scope, tx, incident);
    if (opened) {
      await tell(scope, tx, opened, 'OPENED', incident.message);
      return { incidentId: opened.id, isNew: true };
    }
    const live = await lockLive(scope, tx, incident.sourceKey);
    if (live) {
      await appendEntries(scope, tx, [
        { incidentId: live.id, kind: 'SEEN_AGAIN', message: incident.message },
      ]);
      return { incidentId: live.id, isNew: false };
    }
  }
  throw new Error(`The incident of ${incident.sourceKey} is opened and resolved over and over.`);
}

/** Writes on an incident's timeline. NotFoundError for an unknown one; a resolved one takes notes too. */
export async function noteOnIncident(
  scope: Scope,
  tx: Tx,
  incidentId: string,
  entry: { kind: 'SEEN_AGAIN' | 'NOTE' | 'ESCALATED'; message: string },
): Promise<void> {
  const incident = await lockIncident(scope, tx, incidentId);
  if (!incident) throw new NotFoundError('incident', incidentId);
  if (entry.kind === 'SEEN_AGAIN') {
    await appendEntries(scope, tx, [{ incidentId, ...entry }]);
    return;
  }
  await tell(scope, tx, incident, entry.kind, entry.message);
}

async function tell(
  scope: Scope,
  tx: Tx,
  incident: Incident,
  kind: 'OPENED' | 'NOTE' | 'ESCALATED',
  message: string,
): Promise<void> {
  await appendEntries(scope, tx, [{ incidentId: incident.id, kind, message }]);
  const previousStatus = kind === 'OPENED' ? null : incident.status;
  const payload = incidentPayload(incident, { previousStatus, by: scope.actor.name, message });
  await scope.events.append(tx, scope.tenantId, [{ type: 'INCIDENT_CHANGED', payload }]);
}
