/** What was offered, as exclusions compare it. */
export interface Package {
  /** Words of the names, each once, sorted. */
  readonly tokens: readonly string[];
  /** Lower case, each once, sorted. */
  readonly categories: readonly string[];
}

/** Share of common words from which two packages are similar. Spec d.3. */
const SIMILAR = 0.75;
const MAX_TOKENS = 200;

const unique = (words: readonly string[]): string[] => [...new Set(words)].sort().slice(0, MAX_TOKENS);

/** The words and categories of a package: NFKC, lower case, letters and digits only. */
export function packageOf(names: readonly string[], categories: readonly string[]): Package {
  const words = names.flatMap(
    (name) =>
      name
        .normalize('NFKC')
        .toLowerCase()
        .match(/[\p{L}\p{N}]+/gu) ?? [],
  );
  const clean = categories.map((category) => category.normalize('NFKC').trim().toLowerCase()).filter(Boolean);
  return { tokens: unique(words), categories: unique(clean) };
}

/** Common words over all words of two sets, 0..1; 0 when both are empty. */
export function jaccard(a: readonly string[], b: readonly string[]): number {
  const words = new Set(a);
  const common = b.filter((word) => words.has(word)).length;
  const all = words.size + b.length - common;
  return all === 0 ? 0 : common / all;
}

/** Whether two packages are similar: a common category, or 75 % of their words. Spec d.3. */
export function isSimilar(a: Package, b: Package): boolean {
  return (
    a.categories.some((category) => b.categories.includes(category)) || jaccard(a.tokens, b.tokens) >= SIMILAR
  );
}
