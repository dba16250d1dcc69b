import { readCart } from '../../carts/index.ts';
import { readCustomer } from '../../customers/index.ts';
import { type Candidate, type Fact, FieldError, type Raw, type ReadContext } from '../../ingest/index.ts';
import { readOrder } from '../../orders/index.ts';
import { readPayment } from '../../payments/index.ts';
import type { FileBatch, FileKind, Part, Reject } from '../types.ts';

/** Items committed together. */
const BATCH = 1_000;

const READERS: Record<FileKind, (raw: Raw, context: ReadContext) => Candidate<Fact>> = {
  customers: readCustomer,
  orders: readOrder,
  carts: readCart,
  payments: readPayment,
};

/** Validates items and cuts batches; an id that comes again begins a new batch, so that the later one is compared. */
export class Batcher {
  private readonly kind: FileKind;
  private readonly context: ReadContext;
  private readonly set: Record<string, string>;
  private part: Part;
  private ids = new Set<string>();
  private rejects: Reject[] = [];
  private ready: FileBatch[] = [];
  private last = 0;

  constructor(kind: FileKind, context: ReadContext, set: Record<string, string>) {
    this.kind = kind;
    this.context = context;
    this.set = set;
    this.part = { kind, candidates: [], lines: [] };
  }

  /** `line` is where the item began; `position` is how many lines were read before this item was complete. */
  add(raw: Raw, line: number, position: number): void {
    if (this.part.candidates.length >= BATCH) this.cut(position);
    try {
      const candidate = READERS[this.kind]({ ...this.set, ...raw }, this.context);
      if (this.ids.has(candidate.fact.id)) this.cut(position);
      this.ids.add(candidate.fact.id);
      this.part.candidates.push(candidate as Part['candidates'][number]);
      this.part.lines.push(line);
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      const externalId = raw.externalId === undefined ? undefined : String(raw.externalId).slice(0, 200);
      this.reject({ line, externalId, ...error.toItemError() });
    }
  }

  reject(reject: Reject): void {
    this.rejects.push(reject);
  }

  /** Positions only grow, also when several items end on one line. */
  cut(position: number): void {
    this.last = Math.max(position, this.last + 1);
    this.ready.push({
      position: this.last,
      parts: this.part.candidates.length > 0 ? [this.part] : [],
      rejects: this.rejects,
      rules: {},
    });
    this.part = { kind: this.kind, candidates: [], lines: [] };
    this.rejects = [];
    this.ids = new Set();
  }

  /** Batches that are complete. */
  take(): FileBatch[] {
    return this.ready.splice(0);
  }
}
