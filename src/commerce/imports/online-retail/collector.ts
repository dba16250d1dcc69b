import { uuidFrom } from '../../../kernel/ids.ts';
import type { ReadContext } from '../../ingest/index.ts';
import type { Assumption, FileBatch, Part, Reject } from '../types.ts';
import { customerOf, orderOf, paymentOf } from './facts.ts';
import type { Invoice } from './invoice.ts';
import { noRules } from './rules.ts';

/** Invoices committed together. */
const BATCH = 2_000;

/** Turns closed invoices into facts and facts into batches. */
export class Collector {
  readonly rules = noRules();
  /** Ids of the customers that were brought along. */
  private readonly customers = new Map<string, string>();
  private readonly context: ReadContext;
  private readonly assume: Assumption | undefined;
  private readonly isDryRun: boolean;
  private readonly ready: FileBatch[] = [];
  private parts = emptyParts();
  private rejects: Reject[] = [];

  constructor(context: ReadContext, assume: Assumption | undefined, isDryRun: boolean) {
    this.context = context;
    this.assume = assume;
    this.isDryRun = isDryRun;
  }

  get isFull(): boolean {
    return this.parts.orders.candidates.length >= BATCH;
  }

  add(invoice: Invoice): void {
    const order = orderOf(invoice, this.customerIdOf(invoice), this.context, this.assume, this.rules);
    const payment = paymentOf(order.fact, this.context);
    const { orders, payments } = this.parts;
    push(orders, order, invoice.firstLine);
    if (payment) push(payments, payment, invoice.firstLine);
  }

  /** The customer is brought along with its first invoice. */
  private customerIdOf(invoice: Invoice): string | null {
    const { customer } = invoice;
    if (customer === '') return null;
    let id = this.customers.get(customer);
    if (id === undefined) {
      id = uuidFrom(this.context.tenantId, 'customer', this.context.source, customer);
      this.customers.set(customer, id);
      push(this.parts.customers, customerOf(invoice, id), invoice.firstLine);
    }
    return id;
  }

  reject(reject: Reject): void {
    this.rejects.push(reject);
  }

  cut(position: number): void {
    const { customers, orders, payments } = this.parts;
    this.rules.customers += customers.candidates.length;
    const parts = [customers, orders, payments].filter((part) => part.candidates.length > 0);
    this.ready.push({ position, parts, rejects: this.rejects, rules: { ...this.rules } });
    this.parts = emptyParts();
    this.rejects = [];
    // Nothing of a dry run is kept, so every batch must bring its customers along.
    if (this.isDryRun) this.customers.clear();
  }

  /** Batches that are complete. */
  take(): FileBatch[] {
    return this.ready.splice(0);
  }
}

function emptyParts(): Record<'customers' | 'orders' | 'payments', Part> {
  const part = (kind: Part['kind']): Part => ({ kind, candidates: [], lines: [] });
  return { customers: part('customers'), orders: part('orders'), payments: part('payments') };
}

function push(part: Part, candidate: Part['candidates'][number], line: number): void {
  part.candidates.push(candidate);
  part.lines.push(line);
}
