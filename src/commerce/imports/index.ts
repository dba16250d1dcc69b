export { importFile } from './import-file.ts';
export { RULES as ONLINE_RETAIL_RULES } from './online-retail/rules.ts';
export { getImportRun, type ImportRunFilter, type ImportRunRow, listImportRuns } from './read.ts';
export {
  type Assumption,
  FILE_FORMATS,
  FILE_KINDS,
  type FileCounters,
  type FileFormat,
  type FileKind,
  type FileOptions,
  type FileProgress,
  type FileReport,
  RUN_STATUSES,
  type RunStatus,
} from './types.ts';
