import { InvalidTransitionError } from '../../kernel/errors.ts';
import { INCIDENT_STATUSES, type IncidentStatus } from './incident.ts';

/**
 * Checks one step of an incident's life: OPEN → ACKED → MITIGATED → RESOLVED, forward only (spec j.4). A stage may be
 * left out, because a false alarm is resolved without anybody working on it. InvalidTransitionError for anything else.
 */
export function checkTransition(from: IncidentStatus, to: IncidentStatus): void {
  if (INCIDENT_STATUSES.indexOf(to) > INCIDENT_STATUSES.indexOf(from)) return;
  throw new InvalidTransitionError('incident', from, to);
}
