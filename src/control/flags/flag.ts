import type { Json } from '../../kernel/canonical.ts';

export const FLAG_TYPES = ['BOOLEAN', 'STRING', 'NUMBER', 'JSON'] as const;
export type FlagType = (typeof FLAG_TYPES)[number];

/** How an attribute of the context is compared. No regular expressions: a bad one would stop the process. */
export type Operator =
  | ('EQ' | 'NEQ' | 'IN' | 'NOT_IN' | 'GT' | 'GTE' | 'LT' | 'LTE' | 'CONTAINS' | 'STARTS_WITH' | 'ENDS_WITH')
  | ('BEFORE' | 'AFTER' | 'SEMVER_EQ' | 'SEMVER_GT' | 'SEMVER_LT');

/** One comparison; holds when any of the values fits (NEQ and NOT_IN: when none does). */
export interface Condition {
  readonly attribute: string;
  readonly operator: Operator;
  readonly values: readonly Json[];
}

/** Serves `value` to those that all conditions hold for, or to a part of them. */
export interface FlagRule {
  readonly id: string;
  readonly conditions: readonly Condition[];
  /** 0–100 in steps of 0.01; null: everybody. */
  readonly percentage?: number | null;
  /** The attribute whose bearers are counted; null: targetingKey. */
  readonly stickiness?: string | null;
  readonly value: Json;
}

/** All that an answer depends on: what the evaluator compiles, here and in other processes. Plain JSON. */
export interface FlagFacts {
  readonly key: string;
  readonly type: FlagType;
  readonly defaultValue: Json;
  readonly isEnabled: boolean;
  readonly killSwitch: boolean;
  readonly rules: readonly FlagRule[];
  readonly version: number;
  /** The tenant's own value, when it has one. */
  readonly override?: { readonly value: Json };
}

/** Who or what asks: flat attributes; `targetingKey` names the unit that roll-outs count. */
export type FlagContext = Readonly<Record<string, unknown>>;

/** Why a value was served, in the vocabulary of OpenFeature. */
export type EvaluationReason =
  | ('STATIC' | 'TARGETING_MATCH' | 'SPLIT' | 'DEFAULT')
  | ('DISABLED' | 'CACHED' | 'ERROR');

/** A value and why. */
export interface Evaluation {
  readonly key: string;
  readonly value: Json;
  readonly reason: EvaluationReason;
  /** What decided: default, kill-switch, disabled, override or the id of a rule; null on an error. */
  readonly variant: string | null;
  /** Version of the flag; null when there is none. */
  readonly version: number | null;
  readonly errorCode: 'FLAG_NOT_FOUND' | 'PROVIDER_NOT_READY' | null;
  /** In words, where the reason alone would not say enough. */
  readonly note: string | null;
}
