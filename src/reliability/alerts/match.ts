import type { AlertLevel } from '../../control/alert-intake/index.ts';
import { ValidationError } from '../../kernel/errors.ts';
import { isStorable } from '../../kernel/text.ts';

export const OPERATORS = ['IS', 'IS_NOT', 'STARTS_WITH', 'CONTAINS'] as const;
export type Operator = (typeof OPERATORS)[number];

/**
 * A condition on one label of an alert; `level`, `type` and `component` count as labels, and one that an alert does not
 * have is ''. IS, STARTS_WITH and CONTAINS ask for any of the values, IS_NOT for none of them. No regular
 * expressions: somebody else's must not hold up the router.
 */
export interface Matcher {
  readonly label: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

/** What of an alert can be matched. */
export interface Matchable {
  readonly level: AlertLevel;
  readonly type: string;
  readonly component: string;
  readonly labels: Readonly<Record<string, string>>;
}

const TESTS: Record<Operator, (text: string, values: readonly string[]) => boolean> = {
  IS: (text, values) => values.includes(text),
  IS_NOT: (text, values) => !values.includes(text),
  STARTS_WITH: (text, values) => values.some((value) => text.startsWith(value)),
  CONTAINS: (text, values) => values.some((value) => text.includes(value)),
};

/** Whether every matcher agrees; none at all agree with everything. */
export function matches(matchers: readonly Matcher[], alert: Matchable): boolean {
  return matchers.every(({ label, operator, values }) => TESTS[operator](labelOf(alert, label), values));
}

function labelOf(alert: Matchable, label: string): string {
  if (label === 'level' || label === 'type' || label === 'component') return alert[label];
  return Object.hasOwn(alert.labels, label) ? (alert.labels[label] ?? '') : '';
}

const MAX_MATCHERS = 20;
const MAX_VALUES = 50;
const MAX_LENGTH = 200;

/** The matchers with labels trimmed. Throws ValidationError for one that could not match what its author meant. */
export function checkedMatchers(matchers: readonly Matcher[], field = 'matchers'): Matcher[] {
  if (matchers.length > MAX_MATCHERS) throw new ValidationError(field, `At most ${MAX_MATCHERS} matchers.`);
  return matchers.map(({ label, operator, values }, i) => {
    const refuse = (what: string, why: string) => new ValidationError(`${field}.${i}.${what}`, why);
    if (!/^[A-Za-z_][\w.-]{0,99}$/.test(label.trim())) {
      throw refuse(
        'label',
        'A label is up to 100 letters, digits, ".", "_" and "-", beginning with a letter.',
      );
    }
    if (values.length === 0 || values.length > MAX_VALUES) {
      throw refuse('values', `Give 1 to ${MAX_VALUES} values.`);
    }
    if (values.some((value) => value.length > MAX_LENGTH || !isStorable(value))) {
      throw refuse('values', `A value has at most ${MAX_LENGTH} whole characters, none of them NUL.`);
    }
    if (values.includes('') && (operator === 'STARTS_WITH' || operator === 'CONTAINS')) {
      throw refuse('values', `${operator} '' would match everything; use IS '' for an absent label.`);
    }
    return { label: label.trim(), operator, values: [...values] };
  });
}
