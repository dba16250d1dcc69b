import { ValidationError } from '../../kernel/errors.ts';
import type { Scope } from '../../platform/scope.ts';
import type { ReadContext } from '../ingest/index.ts';
import { Committer, TakenOverError } from './commit.ts';
import { inspectFile, openBytes } from './file.ts';
import { Batcher } from './generic/batcher.ts';
import { readCsv } from './generic/csv.ts';
import { readNdjson } from './generic/ndjson.ts';
import { OnlineRetailReader } from './online-retail/reader.ts';
import { openRejects } from './rejects.ts';
import { finishRun, type ImportRun, noCounters, openRun, restartRun, rewindRun } from './run.ts';
import type { FileBatch, FileOptions, FileProgress, FileReport } from './types.ts';

const INTERRUPTED = 'Interrupted; run the same command again to go on.';

/**
 * Imports a file of any size in bounded memory, batch by batch, each in one transaction with its position: after
 * Ctrl-C, a crash or a truncated file the same call goes on where the last commit was. Throws ValidationError for
 * options or a file that cannot be read at all; a file that breaks half-way gives a report with status FAILED.
 */
export async function importFile(
  scope: Scope,
  options: FileOptions,
  onProgress: (progress: FileProgress) => void = () => {},
  signal?: AbortSignal,
): Promise<FileReport> {
  const source = options.source ?? (options.format === 'online-retail' ? 'online-retail' : 'file');
  checkOptions(options, source);
  const file = await inspectFile(options.path);
  const run = options.isDryRun ? null : await openRun(scope, { ...options, source }, file.sha256);
  if (run?.status === 'COMPLETED' && !options.again) return report(run, run.counters, true, run.position);
  if (run) await rewind(scope, run, options.again === true && run.status === 'COMPLETED');
  const resumedAt = run?.position ?? 0;
  const rejects = await openRejects(options.rejectsPath, run?.counters.rejectsBytes ?? 0);
  const committer = new Committer(scope, source, run, run?.counters ?? noCounters(), rejects);
  const progress: FileProgress = { bytesRead: 0, bytesTotal: file.bytes, lines: 0, rejects: 0 };
  const bytes = openBytes(options.path, file.isGzip, signal, (total) => {
    progress.bytesRead = total;
    onProgress(progress);
  });
  try {
    const context = { tenantId: scope.tenantId, source, now: scope.now };
    for await (const commit of pipelined(read(options, context, bytes), committer, resumedAt, signal)) {
      progress.lines = commit.position;
      progress.rejects = committer.counters.rejects;
      onProgress(progress);
    }
    if (run) await finishRun(scope, run, 'COMPLETED', null);
    return report(run && { ...run, status: 'COMPLETED' }, committer.counters, false, resumedAt);
  } catch (error) {
    const message = signal?.aborted ? INTERRUPTED : describe(error);
    // Another process has the run now; how it stands is for that one to say.
    if (run && !(error instanceof TakenOverError)) await finishRun(scope, run, 'FAILED', message);
    const failed: ImportRun | null = run && { ...run, status: 'FAILED', error: message };
    return { ...report(failed, committer.counters, false, resumedAt), status: 'FAILED', error: message };
  } finally {
    await rejects.close();
  }
}

/** Writes one batch while the next one is being read; what an earlier run committed is read and passed over. */
async function* pipelined(
  batches: AsyncIterable<FileBatch>,
  committer: Committer,
  resumedAt: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<FileBatch> {
  let writing: Promise<void> = Promise.resolve();
  let failure: unknown;
  const written = async (): Promise<void> => {
    await writing;
    if (failure) throw failure;
  };
  try {
    for await (const batch of batches) {
      await written();
      signal?.throwIfAborted();
      if (batch.position <= resumedAt) continue;
      writing = committer.commit(batch).catch((error: unknown) => {
        failure = error;
      });
      yield batch;
    }
    await written();
  } finally {
    // Whatever ended the reading: nobody reports or closes anything while a commit is under way.
    await writing;
  }
}

function read(
  options: FileOptions,
  context: ReadContext,
  bytes: AsyncIterable<Buffer>,
): AsyncIterable<FileBatch> {
  if (options.format === 'online-retail') {
    return new OnlineRetailReader(context, options.assume, options.isDryRun === true).batches(bytes);
  }
  const kind = options.kind ?? 'orders';
  const batcher = new Batcher(kind, context, options.set ?? {});
  return options.format === 'csv' ? readCsv(bytes, batcher, kind, options.map) : readNdjson(bytes, batcher);
}

async function rewind(scope: Scope, run: ImportRun, fromStart: boolean): Promise<void> {
  if (!fromStart) return restartRun(scope, run);
  Object.assign(run, { position: 0, counters: noCounters() });
  await rewindRun(scope, run);
}

function checkOptions({ format, kind, map, set, assume }: FileOptions, source: string): void {
  if (source.trim() === '' || source.length > 100) {
    throw new ValidationError('source', 'A source is named by 1 to 100 characters, e.g. "shopify".');
  }
  if (format === 'online-retail' && (kind || map || set)) {
    throw new ValidationError(
      'format',
      'online-retail has its own columns; kind, map and set are for csv and ndjson.',
    );
  }
  if (format !== 'online-retail' && assume) {
    throw new ValidationError('assume', 'Assumed places are for online-retail; other files bring their own.');
  }
  if (format === 'ndjson' && map) {
    throw new ValidationError('map', 'ndjson uses the field names of the API; map is for csv.');
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'Z_BUF_ERROR')
    return 'The gzip file is truncated; what was committed is kept. Fetch the file again.';
  if (code?.startsWith('Z_'))
    return `The gzip file is damaged (${error.message}); what was committed is kept.`;
  return error.message;
}

function report(
  run: ImportRun | null,
  counters: FileReport['counters'],
  wasComplete: boolean,
  resumedAt: number,
): FileReport {
  return {
    runId: run?.id ?? null,
    status: run?.status ?? 'COMPLETED',
    wasComplete,
    resumedAt,
    counters,
    error: run?.error ?? null,
  };
}
