import { ValidationError } from '../../kernel/errors.ts';
import { money } from '../../kernel/money.ts';
import type { Scope } from '../../platform/scope.ts';
import { keysOf } from './contribution.ts';
import { type RarityScore, scorePackage } from './rarity-score.ts';
import type { Package } from './score.ts';
import { loadView, readCorpus } from './store.ts';

const MAX_ITEMS = 100;
const MAX_TEXT = 500;

/**
 * Scores a package that nobody has ordered, against the tenant's corpus as of `scope.now`. Nothing is written.
 * ValidationError for none or more than 100 items, blank or endless names, a negative value.
 */
export async function rarityScore(scope: Scope, pkg: Package): Promise<RarityScore> {
  checkPackage(pkg);
  const corpus = await readCorpus(scope.db, scope.tenantId);
  const { keys, setHash } = keysOf(pkg);
  const view = await loadView(scope.db, scope.tenantId, corpus, [...keys], [setHash]);
  return scorePackage(pkg, view, corpus.calibration, scope.now);
}

function checkPackage({ items, estimatedValue }: Package): void {
  if (items.length === 0 || items.length > MAX_ITEMS) {
    throw new ValidationError('items', `A package has 1 to ${MAX_ITEMS} items, not ${items.length}.`);
  }
  for (const [i, item] of items.entries()) {
    if (item.name.trim() === '') throw new ValidationError(`items.${i}.name`, 'An item needs a name.');
    for (const field of ['name', 'sku', 'category'] as const) {
      const text = item[field] ?? '';
      if (text.length > MAX_TEXT) {
        throw new ValidationError(
          `items.${i}.${field}`,
          `At most ${MAX_TEXT} characters, not ${text.length}.`,
        );
      }
      if (text.includes('\u0000')) {
        throw new ValidationError(`items.${i}.${field}`, 'A text cannot contain the NUL character.');
      }
    }
  }
  if (!estimatedValue) return;
  money(estimatedValue.amountMinor, estimatedValue.currency);
  if (estimatedValue.amountMinor < 0n)
    throw new ValidationError('value.amountMinor', 'A value is zero or more.');
}
