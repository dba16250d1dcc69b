import { ValidationError } from '../../kernel/errors.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { type Batch, reach, withBatch } from './batch.ts';
import { optionalText, type Raw } from './fields.ts';
import { optionalInstant } from './instants.ts';
import type { Candidate, Fact, KindSpec, Link } from './kind.ts';
import { FieldError, type ItemError, type ItemResult, type Outcome } from './outcome.ts';
import { createStore, existing } from './store.ts';

export const MAX_ITEMS = 1_000;

/** One call of a source: up to 1,000 items. */
export interface ImportBatch {
  /** The system the facts come from, e.g. "shopify": with externalId it names a fact for ever. */
  source: string;
  /** The source has sent everything up to here: moves the watermark even when nothing happened. */
  completeTo?: Date | string | null;
  items: readonly Raw[];
}

/** What became of one fact; `before` is the stored row it met. */
export interface Written<F extends Fact> {
  fact: F;
  outcome: Outcome;
  error?: ItemError;
  before?: F;
}

/** The verbs of one kind of fact. */
export interface Importer<F extends Fact> {
  /** A whole call in one transaction: validates, writes, answers per item in order. Throws ValidationError. */
  importBatch(scope: Scope, batch: ImportBatch): Promise<ItemResult[]>;
  /** Writes validated facts, distinct by id, inside `withBatch`. Same order as given. */
  write(
    scope: Scope,
    tx: Tx,
    batch: Batch,
    source: string,
    candidates: Candidate<F>[],
  ): Promise<Written<F>[]>;
}

type AfterWrite<F extends Fact> = (scope: Scope, tx: Tx, written: Written<F>[]) => Promise<void>;

/** Builds the verbs of a kind; `after` runs in the same transaction, when the rows are written. */
export function createImporter<F extends Fact>(spec: KindSpec<F>, after?: AfterWrite<F>): Importer<F> {
  const store = createStore(spec);
  const write: Importer<F>['write'] = async (scope, tx, batch, source, candidates) => {
    const known = await existing(
      tx,
      scope.tenantId,
      candidates.flatMap((candidate) => candidate.links),
    );
    const stored = await store.load(
      tx,
      scope.tenantId,
      candidates.map((candidate) => candidate.fact.id),
    );
    const written = candidates.map(({ fact, links }): Written<F> => {
      const missing = links.find((link) => !known.has(link.kind + link.id));
      if (missing) return { fact, outcome: 'REJECTED', error: notFound(missing) };
      return decide(fact, stored.get(fact.id), store.isSame);
    });
    const changed = written.filter(({ outcome }) => outcome === 'CREATED' || outcome === 'UPDATED');
    await store.upsert(
      tx,
      scope.tenantId,
      source,
      scope.now,
      changed.map(({ fact }) => fact),
    );
    for (const { fact, before } of changed) {
      if (before) spec.contribute(batch.deltas, before, -1);
      spec.contribute(batch.deltas, fact, 1);
    }
    for (const { fact, outcome } of written)
      if (outcome !== 'REJECTED') reach(batch, spec.kind, spec.latest(fact));
    await after?.(scope, tx, written);
    return written;
  };
  return {
    write,
    async importBatch(scope, batch) {
      const { source, completeTo } = checkBatch(batch, scope.now);
      const context = { tenantId: scope.tenantId, source, now: scope.now };
      const read = (raw: Raw) => spec.read(raw, context);
      const { results, accepted } = readItems(batch.items, read, ({ fact }) => fact.id);
      if (accepted.length === 0 && !completeTo) return results;
      const written = await withBatch(scope, async (tx, open) => {
        if (completeTo) reach(open, spec.kind, completeTo);
        const candidates = accepted.map(({ item }) => item);
        return accepted.length === 0 ? [] : write(scope, tx, open, source, candidates);
      });
      for (const [i, { outcome, error, fact }] of written.entries()) {
        const { index } = accepted[i] as (typeof accepted)[number];
        results[index] = {
          index,
          externalId: fact.externalId,
          outcome,
          ...(error ? { error } : { id: fact.id }),
        };
      }
      return results;
    },
  };
}

/**
 * An older version is ignored. At the same version different content wins over the stored one, because many
 * sources have no version at all and the later call is the better guess.
 */
function decide<F extends Fact>(fact: F, before: F | undefined, isSame: (a: F, b: F) => boolean): Written<F> {
  if (!before) return { fact, outcome: 'CREATED' };
  if (fact.version < before.version) return { fact, before, outcome: 'IGNORED_OLDER' };
  const outcome = fact.version === before.version && isSame(before, fact) ? 'UNCHANGED' : 'UPDATED';
  return { fact, before, outcome };
}

function notFound({ kind, field, externalId, source }: Link): ItemError {
  const message = `There is no ${kind} "${externalId}" of source "${source}"; import it first, or leave ${field} out.`;
  return { field, code: 'NOT_FOUND', message };
}

function checkBatch(batch: ImportBatch, now: Date): { source: string; completeTo: Date | null } {
  try {
    const raw = { source: batch.source, completeTo: batch.completeTo };
    const source = optionalText(raw, 'source', 100);
    if (!source) throw new ValidationError('source', 'Name the system the facts come from, e.g. "shopify".');
    if (batch.items.length > MAX_ITEMS) {
      throw new ValidationError(
        'items',
        `A batch holds at most ${MAX_ITEMS} items, not ${batch.items.length}.`,
      );
    }
    return { source, completeTo: optionalInstant(raw, 'completeTo', now) };
  } catch (error) {
    throw error instanceof FieldError ? new ValidationError(error.field, error.message) : error;
  }
}

/** Items of a batch as they were read: an answer for each, and those that are not refused. */
export interface ReadItems<T> {
  readonly results: ItemResult[];
  readonly accepted: { readonly index: number; readonly item: T }[];
}

/** Reads item by item; the second valid item with one id is a DUPLICATE. `read` throws FieldError. */
export function readItems<T>(
  items: readonly Raw[],
  read: (raw: Raw) => T,
  idOf: (item: T) => string,
): ReadItems<T> {
  const seen = new Map<string, number>();
  const accepted: ReadItems<T>['accepted'] = [];
  const results = items.map((raw, index): ItemResult => {
    const externalId = String(raw.externalId ?? '').slice(0, 200);
    try {
      const item = read(raw);
      const first = seen.get(idOf(item));
      if (first !== undefined) {
        throw new FieldError(
          'externalId',
          'DUPLICATE',
          `Item ${first} of this batch has the same externalId; send it once.`,
        );
      }
      seen.set(idOf(item), index);
      accepted.push({ index, item });
      return { index, externalId, outcome: 'UNCHANGED' };
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      return { index, externalId, outcome: 'REJECTED', error: error.toItemError() };
    }
  });
  return { results, accepted };
}
