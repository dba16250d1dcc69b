import type { CartFact } from '../carts/index.ts';
import type { CustomerFact } from '../customers/index.ts';
import type { Candidate, ItemErrorCode, Outcome } from '../ingest/index.ts';
import type { OrderFact } from '../orders/index.ts';
import type { PaymentFact } from '../payments/index.ts';

export const FILE_FORMATS = ['csv', 'ndjson', 'online-retail'] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];

export const FILE_KINDS = ['orders', 'customers', 'carts', 'payments'] as const;
export type FileKind = (typeof FILE_KINDS)[number];

/** Where goods start when a file without coordinates is imported for a trial. */
export interface Assumption {
  lat: number;
  lon: number;
  country: string;
}

/** What a file import is told. Everything but `path`, `isDryRun`, `again` and `rejectsPath` shapes the rows. */
export interface FileOptions {
  path: string;
  format: FileFormat;
  /** csv and ndjson only; orders when absent. */
  kind?: FileKind;
  /** Names the facts together with their external ids; "online-retail" or "file" when absent. */
  source?: string;
  /** csv only: column → field. */
  map?: Record<string, string>;
  /** csv and ndjson: field → value of every row that does not have it. */
  set?: Record<string, string>;
  /** online-retail only. */
  assume?: Assumption;
  /** Checks everything, writes nothing. */
  isDryRun?: boolean;
  /** Import a completed file once more from its first line. */
  again?: boolean;
  /** Where refused lines go; none are kept when absent. */
  rejectsPath?: string;
}

/** One refused line. */
export interface Reject {
  line: number;
  externalId?: string;
  field: string;
  code: ItemErrorCode | 'BROKEN_LINE' | 'LATE_LINE';
  message: string;
}

/** Facts of one kind, with the input line each began on. */
export interface Part {
  kind: FileKind;
  candidates: Candidate<CustomerFact | OrderFact | CartFact | PaymentFact>[];
  lines: number[];
}

/** What is committed together. Readers make the same batches of the same file, always. */
export interface FileBatch {
  /** Input lines read when the batch was closed: everything closed by then is in this batch or an earlier one. */
  position: number;
  /** In the order in which they must be written. */
  parts: Part[];
  rejects: Reject[];
  /** How often each rule applied so far. */
  rules: Record<string, number>;
}

/** Facts by kind and outcome, plus what the rules did; kept on the run, so that it survives an interruption. */
export interface FileCounters {
  lines: number;
  outcomes: Partial<Record<FileKind, Partial<Record<Outcome, number>>>>;
  /** Lines and facts in the rejects file. */
  rejects: number;
  rejectsBytes: number;
  rules: Record<string, number>;
}

export interface FileProgress {
  bytesRead: number;
  bytesTotal: number;
  lines: number;
  rejects: number;
}

export const RUN_STATUSES = ['RUNNING', 'COMPLETED', 'FAILED'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** What became of the file. */
export interface FileReport {
  runId: string | null;
  status: RunStatus;
  /** The file had been imported before with the same options: nothing was done. */
  wasComplete: boolean;
  /** Lines that an interrupted run had already committed. */
  resumedAt: number;
  counters: FileCounters;
  error: string | null;
}
