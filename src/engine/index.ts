export { type ClockOptions, enqueueCycles, startClock } from './clock.ts';
export { PHASES } from './cycle.ts';
export { type DeliveryLoop, startDeliveryLoop } from './delivery-loop.ts';
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
export type { PhaseResult } from './phase.ts';
export {
  type EngineCounters,
  type EngineStatus,
  engineStatus,
  findCycle,
  listCycles,
  listSchedules,
  phasesOf,
  type ScheduleView,
} from './read.ts';
export type { CycleRow, CycleStatus, PhaseRow, PhaseStatus, Trigger } from './store.ts';
export { inheritWork, reclaimCycles, startWorkers, type WorkerOptions } from './workers.ts';
