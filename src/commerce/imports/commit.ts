import { ValidationError } from '../../kernel/errors.ts';
import type { Scope } from '../../platform/scope.ts';
import { writeCarts } from '../carts/index.ts';
import { writeCustomers } from '../customers/index.ts';
import { withBatch } from '../ingest/index.ts';
import { writeOrders } from '../orders/index.ts';
import { writePayments } from '../payments/index.ts';
import type { RejectsFile } from './rejects.ts';
import { advanceRun, type ImportRun } from './run.ts';
import type { FileBatch, FileCounters, FileKind, Reject } from './types.ts';

const WRITERS = {
  customers: writeCustomers,
  orders: writeOrders,
  carts: writeCarts,
  payments: writePayments,
} as unknown as Record<FileKind, typeof writeOrders>;

/** Somebody else imports the same file right now and has gone further. */
export class TakenOverError extends ValidationError {
  constructor() {
    super('file', 'Another process is importing this file right now; let it finish.');
  }
}

/** Ends a dry run's transaction. */
class RolledBack extends Error {}

/** Where batches go: facts, rollups, rejects and position in one transaction each. */
export class Committer {
  readonly counters: FileCounters;
  private readonly scope: Scope;
  private readonly source: string;
  /** Null in a dry run. */
  private readonly run: ImportRun | null;
  private readonly rejects: RejectsFile;

  constructor(
    scope: Scope,
    source: string,
    run: ImportRun | null,
    counters: FileCounters,
    rejects: RejectsFile,
  ) {
    this.scope = scope;
    this.source = source;
    this.run = run;
    this.counters = counters;
    this.rejects = rejects;
  }

  /** Commits one batch, or rolls all of it back and throws. */
  async commit(batch: FileBatch): Promise<void> {
    const counters = structuredClone(this.counters);
    counters.lines = batch.position;
    counters.rules = batch.rules;
    await withBatch(this.scope, async (tx, open) => {
      const rejects = [...batch.rejects];
      for (const part of batch.parts) {
        const written = await WRITERS[part.kind](this.scope, tx, open, this.source, part.candidates as never);
        const counts = counters.outcomes[part.kind] ?? {};
        counters.outcomes[part.kind] = counts;
        for (const [i, { outcome, error, fact }] of written.entries()) {
          counts[outcome] = (counts[outcome] ?? 0) + 1;
          if (error)
            rejects.push({ line: part.lines[i] as number, externalId: fact.externalId, ...error } as Reject);
        }
      }
      counters.rejects += rejects.length;
      // Before COMMIT: after a crash the file is cut back to the committed length.
      counters.rejectsBytes = await this.rejects.append(rejects.sort((a, b) => a.line - b.line));
      if (!this.run) throw new RolledBack();
      if (!(await advanceRun(this.scope, tx, this.run, batch.position, counters))) {
        throw new TakenOverError();
      }
    }).catch((error: unknown) => {
      if (!(error instanceof RolledBack)) throw error;
    });
    if (this.run) this.run.position = batch.position;
    Object.assign(this.counters, counters);
  }
}
