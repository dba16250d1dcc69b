import { canonicalJson, type Json, plainJson } from '../../kernel/canonical.ts';
import { sha256Hex } from '../../kernel/ids.ts';
import type { Reason } from '../../kernel/reason.ts';

/** What a formula answers: `output` is the answer, `reasons` say why in words. */
export interface Answer<Output> {
  readonly output: Output;
  readonly reasons: readonly Reason[];
}

/**
 * A pure rule whose answers are recorded (spec 0.6). `compute` gets its inputs as JSON has kept them (bigints as text,
 * instants as ISO text) and reads nothing else: no clock, no database, no randomness but a seed among the inputs.
 */
export interface Formula<Inputs, Output> {
  /** `wing.thing`, e.g. `delivery.route`. */
  readonly kind: string;
  /** Changes whenever the same inputs may give another answer. */
  readonly version: string;
  compute(inputs: Inputs): Answer<Output>;
}

/** An answer together with the exact JSON that is stored. */
export interface Computed<Output> extends Answer<Output> {
  readonly inputs: Json;
  readonly outputHash: string;
}

const formulas = new Map<string, Formula<never, unknown>>();

/** Declares a formula; every version a database may still hold decisions of stays declared. */
export function defineFormula<Inputs, Output>(formula: Formula<Inputs, Output>): Formula<Inputs, Output> {
  const name = `${formula.kind}@${formula.version}`;
  if (formulas.has(name)) throw new Error(`The formula ${name} is declared twice.`);
  formulas.set(name, formula as Formula<never, unknown>);
  return formula;
}

/** The formula of this kind and version, or undefined when this program does not have it any more. */
export const findFormula = (kind: string, version: string): Formula<never, unknown> | undefined =>
  formulas.get(`${kind}@${version}`);

/** Applies a formula to inputs as JSON keeps them, so that a replay sees the very same. */
export function compute<Inputs, Output>(formula: Formula<Inputs, Output>, given: Inputs): Computed<Output> {
  const inputs = plainJson(given);
  const answer = formula.compute(inputs as Inputs);
  const output = plainJson<Output>(answer.output);
  return { inputs, output, reasons: answer.reasons, outputHash: sha256Hex(canonicalJson(output)) };
}
