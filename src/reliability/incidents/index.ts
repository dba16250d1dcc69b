export {
  acknowledgeIncident,
  addNote,
  type ManualIncident,
  mitigateIncident,
  openManually,
  resolveIncident,
} from './change.ts';
export {
  type EntryKind,
  INCIDENT_STATUSES,
  type Incident,
  type IncidentEntry,
  type IncidentSeverity,
  type IncidentSource,
  type IncidentStatus,
} from './incident.ts';
export { previewRunbook, type RunbookPreview, runRunbookStep } from './manual.ts';
export { noteOnIncident, openIncident } from './open.ts';
export { pruneIncidents } from './prune.ts';
export {
  findSteps,
  findTimeline,
  type IncidentFilter,
  type IncidentSummary,
  incidentSummary,
  incidentsById,
  listIncidents,
} from './read.ts';
export { type Recovered, recoverIncidents } from './recover.ts';
export {
  type Inspection,
  RUNBOOK_STEPS,
  type RunbookStepKind,
  STEP_STATUSES,
  type StepRun,
  type StepStatus,
} from './runbook.ts';
export type { NewIncident } from './store.ts';
