import type { Json } from '../../kernel/canonical.ts';
import { bucket } from '../../kernel/murmur.ts';
import { compileCondition, type Test } from './conditions.ts';
import type { Evaluation, EvaluationReason, FlagContext, FlagFacts, FlagRule } from './flag.ts';

/** Roll-outs count in steps of 0.01 %. */
const STEPS = 10_000;

interface CompiledRule {
  readonly tests: readonly Test[];
  /** Units below it are served; STEPS and no stickiness: everybody. */
  readonly limit: number;
  readonly stickiness: string | null;
  readonly answer: Evaluation;
}

interface CompiledFlag {
  readonly facts: FlagFacts;
  /** The answer for everybody; null when it depends on who asks. */
  readonly settled: Evaluation | null;
  readonly rules: readonly CompiledRule[];
  readonly otherwise: Evaluation;
  isUsed: boolean;
}

/** Flags made ready to be asked, for one tenant. Pure: no clock, no input or output; every answer is made beforehand. */
export class CompiledFlags {
  private readonly flags = new Map<string, CompiledFlag>();
  private readonly unit: FlagContext;
  /** What is known of the tenant; the unit that is counted is the asker's to name. */
  private readonly known: FlagContext;
  private readonly onFirstUse: (key: string) => void;

  /**
   * `unit` is the tenant itself: the context of whoever asks without one, and the attributes that a context of theirs
   * need not repeat. `onFirstUse` hears once of each flag that is asked for.
   */
  constructor(facts: readonly FlagFacts[], unit: FlagContext, onFirstUse: (key: string) => void = () => {}) {
    this.unit = unit;
    this.known = { ...unit, targetingKey: undefined };
    this.onFirstUse = onFirstUse;
    for (const each of facts) this.flags.set(each.key, compile(each));
  }

  /** What each flag depends on. */
  *facts(): Generator<FlagFacts> {
    for (const { facts } of this.flags.values()) yield facts;
  }

  find(key: string): FlagFacts | undefined {
    return this.flags.get(key)?.facts;
  }

  /** The value for a context and why (spec k.1); `fallback` with ERROR/FLAG_NOT_FOUND when there is no such flag. */
  evaluate(key: string, fallback: Json, context: FlagContext | null = null): Evaluation {
    const flag = this.flags.get(key);
    if (flag === undefined) return failed(key, fallback, 'FLAG_NOT_FOUND');
    if (!flag.isUsed) {
      flag.isUsed = true;
      this.onFirstUse(key);
    }
    return flag.settled ?? decide(flag, context ?? this.unit, this.known);
  }
}

/** The caller's own default, and why it was not the flag's. */
export const failed = (
  key: string,
  value: Json,
  errorCode: NonNullable<Evaluation['errorCode']>,
): Evaluation => ({
  ...{ key, value, reason: 'ERROR', variant: null, version: null, errorCode },
  note: errorCode === 'FLAG_NOT_FOUND' ? `There is no flag "${key}".` : 'Flags could not be read yet.',
});

/** The same answer, said to be what was last known. */
export const cached = (answer: Evaluation): Evaluation =>
  answer.reason === 'ERROR'
    ? answer
    : { ...answer, reason: 'CACHED', note: `Last known; then ${answer.reason}.` };

function decide(flag: CompiledFlag, context: FlagContext, known: FlagContext): Evaluation {
  let lacking: string | null = null;
  next: for (const rule of flag.rules) {
    for (const holds of rule.tests) if (!holds(context, known)) continue next;
    if (rule.stickiness === null) return rule.answer;
    const unit = context[rule.stickiness] ?? known[rule.stickiness];
    if ((typeof unit !== 'string' && typeof unit !== 'number') || unit === '') {
      lacking ??= `${rule.answer.variant} counts by ${rule.stickiness}, which the context lacks`;
      continue;
    }
    if (bucket(`${flag.facts.key}:${unit}`, STEPS) < rule.limit) return rule.answer;
  }
  return lacking === null
    ? flag.otherwise
    : { ...flag.otherwise, note: `${lacking}; the default is served.` };
}

function compile(facts: FlagFacts): CompiledFlag {
  const { key, version, defaultValue } = facts;
  const answer = (value: Json, reason: EvaluationReason, variant: string): Evaluation =>
    Object.freeze({ key, value, reason, variant, version, errorCode: null, note: null });
  const rules = facts.rules.map((rule): CompiledRule => compileRule(rule, answer));
  const otherwise = answer(defaultValue, 'DEFAULT', 'default');
  return { facts, settled: settle(facts, answer), rules, otherwise, isUsed: false };
}

/** Kill switch, disabled, override, and flags without rules: the same for everybody. */
function settle(
  { type, defaultValue, killSwitch, isEnabled, override, rules }: FlagFacts,
  answer: (value: Json, reason: EvaluationReason, variant: string) => Evaluation,
): Evaluation | null {
  if (killSwitch) return answer(type === 'BOOLEAN' ? false : defaultValue, 'DISABLED', 'kill-switch');
  if (!isEnabled) return answer(defaultValue, 'DISABLED', 'disabled');
  if (override) return answer(override.value, 'TARGETING_MATCH', 'override');
  return rules.length === 0 ? answer(defaultValue, 'STATIC', 'default') : null;
}

function compileRule(
  { id, conditions, percentage = null, stickiness, value }: FlagRule,
  answer: (value: Json, reason: EvaluationReason, variant: string) => Evaluation,
): CompiledRule {
  const isSplit = percentage !== null;
  return {
    tests: conditions.map(compileCondition),
    // 1.1 × 100 is a little more than 110.
    limit: isSplit ? Math.round(percentage * (STEPS / 100)) : STEPS,
    stickiness: isSplit ? (stickiness ?? 'targetingKey') : null,
    answer: answer(value, isSplit ? 'SPLIT' : 'TARGETING_MATCH', id),
  };
}
