import type { Deltas, Sign } from '../rollups/index.ts';
import type { Raw } from './fields.ts';

/** The five kinds of facts a source may send. */
export const FACT_KINDS = ['customer', 'order', 'cart', 'payment', 'error'] as const;
export type FactKind = (typeof FACT_KINDS)[number];

/** What every imported row has. The id follows from tenant, kind, source and externalId. */
export interface Fact {
  id: string;
  externalId: string;
  version: bigint;
}

/** A reference to another fact, which must exist for this tenant before the batch. */
export interface Link {
  kind: 'customer' | 'order' | 'cart';
  id: string;
  /** The input field that named it. */
  field: string;
  externalId: string;
  source: string;
}

/** What a validator may know beside the item itself. */
export interface ReadContext {
  tenantId: string;
  source: string;
  now: Date;
}

/** An item that passed its validator. */
export interface Candidate<F extends Fact> {
  fact: F;
  links: Link[];
}

/** SQL type of each stored property of a fact; the column is its name in snake case. `hasProduct` is derived. */
export type ColumnTypes<F extends Fact> = Record<Exclude<keyof F & string, 'id' | 'hasProduct'>, string>;

/** Everything the importer must know about one kind of fact. */
export interface KindSpec<F extends Fact> {
  kind: FactKind;
  table: string;
  columns: ColumnTypes<F>;
  /** Properties that keep their stored value when the source does not say (null). */
  keeps?: readonly (keyof F & string)[];
  /** Pure; throws FieldError. */
  read(raw: Raw, context: ReadContext): Candidate<F>;
  contribute(deltas: Deltas, fact: F, sign: Sign): void;
  /** The latest instant the fact speaks of: moves the source's watermark. */
  latest(fact: F): Date;
}
