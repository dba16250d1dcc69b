export {
  type ClockOptions,
  catchUp,
  enqueueCycles,
  enqueueInstants,
  reclaimDead,
  tick,
} from './clock.ts';
export { PHASES } from './cycle.ts';
export { tellOfCycle } from './cycle-alerts.ts';
export {
  type EventPayloads,
  type EventType,
  type Feeds,
  type LiveStream,
  type LoggedEvent,
  streamEvents,
} from './events.ts';
export { type CycleRunner, createCycleRunner, type Executed, type ExecuteRequest } from './execute.ts';
export { executeOnce } from './execute-once.ts';
export { type ExportPage, type ExportRequest, exportJsonl, MAX_LINES } from './export.ts';
export { EXPORT_STREAMS, type ExportStream } from './export-streams.ts';
export { JOBS, type Job, type JobRun, jobTable } from './jobs.ts';
export { pruneLedger, type RunStatus, type ScheduleRunRow } from './ledger.ts';
export { waitingRuns } from './ledger-claim.ts';
export { endRun, type TakenRun, takeRun } from './ledger-run.ts';
export type { PhaseResult } from './phase.ts';
export {
  type EngineCounters,
  type EngineStatus,
  engineStatus,
  findCycle,
  listCycles,
  phasesOf,
} from './read.ts';
export { DEFAULT_RETENTION, prune, type Retention } from './retention.ts';
export type { CycleOptions } from './run-cycle.ts';
export { carryOut, type JobOptions } from './run-job.ts';
export { type Automation, createAutomation, type RanNow } from './run-now.ts';
export type { OnceReport, OnceRun } from './run-once.ts';
export { pauseJob } from './run-pause.ts';
export { listRuns, type ScheduleView } from './run-read.ts';
export { minuteByMinute, startClock } from './start-clock.ts';
export type { CycleRow, CycleStatus, PhaseRow, PhaseStatus, Trigger } from './store.ts';
export { startTenantLoop, type TenantLoop } from './tenant-loop.ts';
export { inheritWork, reclaimCycles, startWorkers, type WorkerOptions } from './workers.ts';
