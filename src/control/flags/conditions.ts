import type { Json } from '../../kernel/canonical.ts';
import type { Condition, FlagContext, Operator } from './flag.ts';

/** Whether a condition holds for what asks; `known` are attributes that its context need not repeat. */
export type Test = (context: FlagContext, known: FlagContext) => boolean;
type Compare = (actual: unknown) => boolean;

/**
 * Compiles a condition. An attribute that the context lacks, or whose type cannot be compared so, fails every
 * condition, NEQ and NOT_IN too: nobody gets a value because something about them is unknown. A list as an attribute
 * fits when one of its elements does.
 */
export function compileCondition({ attribute, operator, values }: Condition): Test {
  const isNegated = operator === 'NEQ' || operator === 'NOT_IN';
  const fits = COMPARERS[operator](values);
  return (context, known) => {
    const actual = context[attribute] ?? known[attribute];
    if (actual === undefined || actual === null) return false;
    if (Array.isArray(actual)) return isNegated ? !actual.some(fits) : actual.some(fits);
    if (typeof actual === 'function' || (typeof actual === 'object' && !(actual instanceof Date)))
      return false;
    return isNegated ? !fits(actual) : fits(actual);
  };
}

const oneOf = (values: readonly Json[]): Compare => {
  const set = new Set<unknown>(values);
  return (actual) => set.has(actual);
};
const number =
  (holds: (a: number, b: number) => boolean) =>
  (values: readonly Json[]): Compare => {
    const limits = values.filter((value) => typeof value === 'number');
    return (actual) => typeof actual === 'number' && limits.some((limit) => holds(actual, limit));
  };
const text =
  (holds: (a: string, b: string) => boolean) =>
  (values: readonly Json[]): Compare => {
    const parts = values.filter((value) => typeof value === 'string');
    return (actual) => typeof actual === 'string' && parts.some((part) => holds(actual, part));
  };
const instant =
  (holds: (a: number, b: number) => boolean) =>
  (values: readonly Json[]): Compare => {
    const limits = values.map(parseInstant);
    return (actual) => {
      const at = actual instanceof Date ? actual.getTime() : parseInstant(actual);
      // A comparison with NaN is false.
      return limits.some((limit) => holds(at, limit));
    };
  };
const version =
  (holds: (order: number) => boolean) =>
  (values: readonly Json[]): Compare => {
    const limits = values.flatMap((value) => parseVersion(value) ?? []);
    return (actual) => {
      const own = parseVersion(actual);
      return own !== null && limits.some((limit) => holds(compareVersions(own, limit)));
    };
  };

const COMPARERS: Readonly<Record<Operator, (values: readonly Json[]) => Compare>> = {
  EQ: oneOf,
  NEQ: oneOf,
  IN: oneOf,
  NOT_IN: oneOf,
  GT: number((a, b) => a > b),
  GTE: number((a, b) => a >= b),
  LT: number((a, b) => a < b),
  LTE: number((a, b) => a <= b),
  CONTAINS: text((a, b) => a.includes(b)),
  STARTS_WITH: text((a, b) => a.startsWith(b)),
  ENDS_WITH: text((a, b) => a.endsWith(b)),
  BEFORE: instant((a, b) => a < b),
  AFTER: instant((a, b) => a > b),
  SEMVER_EQ: version((order) => order === 0),
  SEMVER_GT: version((order) => order > 0),
  SEMVER_LT: version((order) => order < 0),
};

const INSTANT = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/**
 * Milliseconds of an ISO 8601 instant, or of a date's first moment in UTC; NaN for all else. A text without a zone means
 * another instant in every process, and Date.parse reads much that is no date.
 */
export const parseInstant = (value: unknown): number =>
  typeof value === 'string' && INSTANT.test(value) ? Date.parse(value) : Number.NaN;

interface Version {
  readonly numbers: readonly number[];
  readonly pre: readonly string[];
}

const SEMVER = /^v?(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:-([0-9A-Za-z.-]{1,100}))?(?:\+[0-9A-Za-z.-]{1,100})?$/;

/** A semantic version (semver.org), or null for something else; build metadata does not count. */
export function parseVersion(value: unknown): Version | null {
  const found = typeof value === 'string' ? SEMVER.exec(value) : null;
  if (!found) return null;
  return { numbers: found.slice(1, 4).map(Number), pre: found[4]?.split('.') ?? [] };
}

function compareVersions(a: Version, b: Version): number {
  for (const [i, n] of a.numbers.entries()) {
    if (n !== b.numbers[i]) return n - (b.numbers[i] as number);
  }
  if (a.pre.length === 0 || b.pre.length === 0) return b.pre.length - a.pre.length;
  for (const [i, part] of a.pre.entries()) {
    const other = b.pre[i];
    if (other === undefined) return 1;
    if (part === other) continue;
    const [m, n] = [numeric(part), numeric(other)];
    if (m !== null && n !== null) return m - n;
    if (m !== null || n !== null) return m === null ? 1 : -1;
    return part < other ? -1 : 1;
  }
  return a.pre.length - b.pre.length;
}

const numeric = (part: string): number | null => (/^\d+$/.test(part) ? Number(part) : null);
