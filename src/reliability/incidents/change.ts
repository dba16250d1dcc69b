import { idempotently } from '../../control/access/index.ts';
import { writeAudit } from '../../control/audit/index.ts';
import { NotFoundError } from '../../kernel/errors.ts';
import { isUuid, uuidv7 } from '../../kernel/ids.ts';
import { checkText, madeWhole } from '../../kernel/text.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { type Incident, type IncidentSeverity, type IncidentStatus, incidentPayload } from './incident.ts';
import { checkTransition } from './machine.ts';
import { noteOnIncident, openIncident } from './open.ts';
import { incidentsById } from './read.ts';
import { appendEntries, lockIncident, saveIncident } from './store.ts';

export interface ManualIncident {
  readonly title: string;
  readonly severity: IncidentSeverity;
  readonly component: string;
  readonly message: string;
  readonly idempotencyKey?: string | null | undefined;
}

const MAX_TEXT = 2_000;

/** Opens an incident in a person's name; audited. ValidationError for a missing or endless text. */
export function openManually(scope: Scope, input: ManualIncident): Promise<Incident> {
  const title = checkText(input.title.trim(), 'title', 200, 1);
  const component = checkText(madeWhole(input.component).trim(), 'component', 100, 1);
  const message = checkText(input.message.trim(), 'message', MAX_TEXT, 1);
  const { severity, idempotencyKey } = input;
  return idempotently(
    scope,
    idempotencyKey,
    { openIncident: { title, component, message, severity } },
    () =>
      scope.db.tx(async (tx) => {
        const sourceKey = `manual:${uuidv7(scope.now.getTime())}`;
        const facts = { sourceKey, source: 'MANUAL', title, severity, component, message } as const;
        const { incidentId } = await openIncident(scope, tx, facts);
        await writeAudit(scope, tx, {
          ...{ action: 'incident.open', subject: incidentId, before: null },
          after: { title, severity, component },
          reason: message,
        });
        return incidentId;
      }),
    async (id) => (await incidentsById(scope, [id]))[0] as Incident,
  );
}

/** A person takes the incident. */
export const acknowledgeIncident = (scope: Scope, id: string, message?: string | null): Promise<Incident> =>
  step(scope, id, 'ACKED', message ?? 'Taken.');

/** The harm has stopped, the cause may still be there; runbooks let go of it. */
export const mitigateIncident = (scope: Scope, id: string, message?: string | null): Promise<Incident> =>
  step(scope, id, 'MITIGATED', message ?? 'The harm has stopped.');

/** It is over. A cause that returns opens another incident. */
export const resolveIncident = (scope: Scope, id: string, message?: string | null): Promise<Incident> =>
  step(scope, id, 'RESOLVED', message ?? 'It is over.');

/** Writes a note on the timeline in a person's name; audited. */
export async function addNote(scope: Scope, id: string, message: string): Promise<Incident> {
  const text = checkText(message.trim(), 'message', MAX_TEXT, 1);
  if (!isUuid(id)) throw new NotFoundError('incident', id);
  await scope.db.tx(async (tx) => {
    await noteOnIncident(scope, tx, id, { kind: 'NOTE', message: text });
    await writeAudit(scope, tx, {
      action: 'incident.note',
      subject: id,
      before: null,
      after: { message: text },
    });
  });
  return (await incidentsById(scope, [id]))[0] as Incident;
}

async function step(scope: Scope, id: string, to: IncidentStatus, message: string): Promise<Incident> {
  const text = checkText(message.trim(), 'message', MAX_TEXT, 1);
  if (!isUuid(id)) throw new NotFoundError('incident', id);
  return scope.db.tx(async (tx) => {
    const before = await lockIncident(scope, tx, id);
    if (!before) throw new NotFoundError('incident', id);
    const after = await move(scope, tx, before, to, text);
    await writeAudit(scope, tx, {
      action: `incident.${to.toLowerCase()}`,
      subject: id,
      before: { status: before.status },
      after: { status: after.status },
      reason: text,
    });
    return after;
  });
}

/** Moves a locked incident on, with timeline and event. InvalidTransitionError when it cannot. */
export async function move(
  scope: Scope,
  tx: Tx,
  before: Incident,
  to: IncidentStatus,
  message: string,
): Promise<Incident> {
  checkTransition(before.status, to);
  const isOver = to === 'MITIGATED' || to === 'RESOLVED';
  const after: Incident = {
    ...{ ...before, status: to, recoverAt: isOver ? null : before.recoverAt },
    ...(to === 'ACKED' && { ackedAt: scope.now, ackedBy: scope.actor.name }),
    ...(to === 'MITIGATED' && { mitigatedAt: scope.now }),
    ...(to === 'RESOLVED' && { resolvedAt: scope.now }),
  };
  await saveIncident(scope, tx, after);
  await appendEntries(scope, tx, [
    { incidentId: after.id, kind: to as 'ACKED' | 'MITIGATED' | 'RESOLVED', message },
  ]);
  const payload = incidentPayload(after, { previousStatus: before.status, by: scope.actor.name, message });
  await scope.events.append(tx, scope.tenantId, [{ type: 'INCIDENT_CHANGED', payload }]);
  return after;
}
