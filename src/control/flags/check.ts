import { canonicalJson, type Json } from '../../kernel/canonical.ts';
import { InvalidFlagValueError, ValidationError } from '../../kernel/errors.ts';
import { checkJson } from '../../kernel/json-check.ts';
import { parseInstant, parseVersion } from './conditions.ts';
import type { Condition, FlagRule, FlagType } from './flag.ts';

const KEY = /^[A-Z][A-Z0-9_]{1,63}$/;
const ATTRIBUTE = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;
const RULE_ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
const TAKEN: ReadonlySet<string> = new Set(['default', 'disabled', 'override', 'kill-switch']);
const MAX_VALUE_BYTES = 16_384;
const [MAX_RULES, MAX_CONDITIONS, MAX_VALUES, MAX_RULES_BYTES] = [50, 20, 1_000, 32_768];

/** Refuses keys of another shape than `^[A-Z][A-Z0-9_]{1,63}$`. */
export function checkKey(key: string): void {
  if (KEY.test(key)) return;
  throw new ValidationError('key', 'A key has 2 to 64 of A–Z, 0–9 and "_", and begins with a letter.');
}

/** The value as the flag keeps it. Text is read as the seed documents write it: "true", "TRUE", "1", "false", "0". */
export function readValue(type: FlagType, given: Json | undefined, field = 'value'): Json {
  if (given === undefined) throw new InvalidFlagValueError(field, `${field} is missing.`);
  checkJson(given, field);
  const value = READERS[type](given);
  if (value === undefined) {
    throw new InvalidFlagValueError(field, `${field} of a ${type} flag is ${WANTED[type]}.`);
  }
  if (Buffer.byteLength(canonicalJson(value)) > MAX_VALUE_BYTES) {
    throw new InvalidFlagValueError(field, `${field} has more than ${MAX_VALUE_BYTES} bytes.`);
  }
  return value;
}

const BOOLEANS: ReadonlyMap<Json, boolean> = new Map<Json, boolean>([
  ...([true, 'true', 'TRUE', '1'] as const).map((text) => [text, true] as const),
  ...([false, 'false', '0'] as const).map((text) => [text, false] as const),
]);
const READERS: Readonly<Record<FlagType, (given: Json) => Json | undefined>> = {
  BOOLEAN: (given) => BOOLEANS.get(given),
  STRING: (given) => (typeof given === 'string' ? given : undefined),
  NUMBER: (given) => {
    if (typeof given === 'number') return given;
    return typeof given === 'string' && /^-?\d{1,15}(\.\d{1,15})?$/.test(given) ? Number(given) : undefined;
  },
  JSON: (given) => given,
};
const WANTED: Readonly<Record<FlagType, string>> = {
  BOOLEAN: 'true or false ("true", "TRUE", "1", "false" and "0" are read as such)',
  STRING: 'a text',
  NUMBER: 'a number',
  JSON: 'any JSON',
};

/** A rule as it is given: without an id it gets one by its place. */
export type NewRule = Omit<FlagRule, 'id'> & { readonly id?: string | null | undefined };

/** The rules as the flag keeps them. Throws ValidationError or InvalidFlagValueError naming the place. */
export function readRules(type: FlagType, given: readonly NewRule[]): FlagRule[] {
  if (given.length > MAX_RULES) throw new ValidationError('rules', `A flag has at most ${MAX_RULES} rules.`);
  const ids = new Set<string>();
  const rules = given.map((rule, i): FlagRule => {
    const at = `rules.${i}`;
    const id = rule.id ?? `rule-${i + 1}`;
    if (!RULE_ID.test(id) || TAKEN.has(id) || ids.has(id)) {
      const text = `"${id}" is used already, reserved, or not 1 to 64 of letters, digits, "_", "." and "-".`;
      throw new ValidationError(`${at}.id`, text);
    }
    ids.add(id);
    const stickiness = rule.stickiness ?? null;
    if (stickiness !== null) checkAttribute(stickiness, `${at}.stickiness`);
    return {
      ...{ id, conditions: readConditions(rule.conditions, at), stickiness },
      percentage: readPercentage(rule.percentage ?? null, `${at}.percentage`),
      value: readValue(type, rule.value, `${at}.value`),
    };
  });
  if (Buffer.byteLength(canonicalJson(rules)) <= MAX_RULES_BYTES) return rules;
  throw new ValidationError('rules', `The rules have more than ${MAX_RULES_BYTES} bytes together.`);
}

function readPercentage(percentage: number | null, field: string): number | null {
  if (percentage === null) return null;
  const steps = Math.round(percentage * 100);
  if (steps >= 0 && steps <= 10_000 && Math.abs(steps - percentage * 100) < 1e-6) return steps / 100;
  throw new ValidationError(field, 'A percentage is 0 to 100 in steps of 0.01.');
}

function readConditions(conditions: readonly Condition[], at: string): Condition[] {
  if (conditions.length > MAX_CONDITIONS) {
    throw new ValidationError(`${at}.conditions`, `A rule has at most ${MAX_CONDITIONS} conditions.`);
  }
  return conditions.map(({ attribute, operator, values }, i) => {
    const field = `${at}.conditions.${i}`;
    checkAttribute(attribute, `${field}.attribute`);
    if (values.length === 0 || values.length > MAX_VALUES) {
      throw new ValidationError(`${field}.values`, `A condition compares with 1 to ${MAX_VALUES} values.`);
    }
    for (const value of values) checkOperand(operator, value, `${field}.values`);
    return { attribute, operator, values };
  });
}

function checkAttribute(name: string, field: string): void {
  if (ATTRIBUTE.test(name)) return;
  throw new ValidationError(field, 'An attribute has up to 64 letters, digits, "_", "." and "-".');
}

/** Refuses a value that its operator could never find equal or compare. */
function checkOperand(operator: Condition['operator'], value: Json, field: string): void {
  checkJson(value, field);
  const wanted = wantedBy(operator, value);
  if (wanted) throw new ValidationError(field, `${operator} compares with ${wanted}.`);
}

function wantedBy(operator: Condition['operator'], value: Json): string | null {
  if (operator.startsWith('SEMVER_')) return parseVersion(value) ? null : 'versions such as "1.2.3"';
  if (operator === 'BEFORE' || operator === 'AFTER') {
    return !Number.isNaN(parseInstant(value)) ? null : 'instants such as "2026-11-20T12:00:00Z"';
  }
  if (/^(?:GTE?|LTE?)$/.test(operator)) return typeof value === 'number' ? null : 'numbers';
  if (/^(?:CONTAINS|STARTS_WITH|ENDS_WITH)$/.test(operator))
    return typeof value === 'string' ? null : 'texts';
  return value !== null && typeof value !== 'object' ? null : 'texts, numbers, true and false';
}
