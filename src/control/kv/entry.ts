import { canonicalJson, type Json } from '../../kernel/canonical.ts';
import { isCurrency } from '../../kernel/currencies.ts';
import { ForbiddenError, ValidationError } from '../../kernel/errors.ts';
import { checkJson } from '../../kernel/json-check.ts';
import type { KeyScope, Scope } from '../../platform/scope.ts';
import { findSecret } from './secrets.ts';

/** A named value (spec k.2). */
export interface KvEntry {
  readonly namespace: string;
  readonly key: string;
  readonly value: Json;
  readonly version: number;
  readonly expiresAt: Date | null;
  readonly updatedAt: Date;
  readonly updatedBy: string;
}

/** Costs and revenue of the ledger: only the engine and FINANCE read and write them. */
export const COST_NAMESPACE = 'cost';
/** Bytes of a value's JSON. */
export const MAX_VALUE_BYTES = 65_536;
const NAMESPACE = /^[a-z][a-z0-9_.-]{0,63}$/;
const KEY = /^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,254}$/;

/** Refuses names that could not be told apart, escaped or typed. */
export function checkName(namespace: string, key: string): void {
  if (!NAMESPACE.test(namespace)) {
    const text = 'A namespace has up to 64 of a–z, 0–9, "_", "." and "-", and begins with a letter.';
    throw new ValidationError('namespace', text);
  }
  if (!KEY.test(key)) {
    const text =
      'A key has up to 255 letters, digits, "_", ".", ":", "/" and "-", and begins with one of the first two.';
    throw new ValidationError('key', text);
  }
}

const holds = ({ actor }: Scope, wanted: KeyScope): boolean =>
  actor.kind === 'SYSTEM' || actor.scopes.some((scope) => scope === 'ADMIN' || scope === wanted);

/** Whether the caller may see what the ledger keeps. */
export const mayReadCosts = (scope: Scope): boolean => holds(scope, 'FINANCE');

/** Refuses (FORBIDDEN) who may not read there. */
export function checkReader(scope: Scope, namespace: string): void {
  if (namespace !== COST_NAMESPACE || mayReadCosts(scope)) return;
  throw new ForbiddenError(`Only a key with the scope FINANCE reads the namespace "${namespace}".`, [
    'FINANCE',
    'ADMIN',
  ]);
}

/** Refuses (FORBIDDEN) who may not write there. */
export function checkWriter(scope: Scope, namespace: string): void {
  const wanted = namespace === COST_NAMESPACE ? 'FINANCE' : 'OPERATOR';
  if (holds(scope, wanted)) return;
  throw new ForbiddenError(
    `Only a key with the scope ${wanted} or ADMIN writes to the namespace "${namespace}".`,
    [wanted, 'ADMIN'],
  );
}

/** The value's JSON text. Throws ValidationError for one that is too large, a secret, or not what its place holds. */
export function checkValue(namespace: string, key: string, value: Json): string {
  checkJson(value);
  const text = canonicalJson(value);
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_VALUE_BYTES) {
    throw new ValidationError('value', `The value has ${bytes} bytes; ${MAX_VALUE_BYTES} are allowed.`);
  }
  const found = findSecret(`${namespace}/${key}`, value);
  if (found) {
    const why = `it looks like ${found.what}. Secrets belong into the settings of what uses them, where they are sealed.`;
    throw new ValidationError(found.path, `${found.path} is refused: ${why}`);
  }
  if (namespace === COST_NAMESPACE) checkCost(key, value);
  return text;
}

/** The ledger's figures say what they are and of when (spec k.2). */
function checkCost(key: string, value: Json): void {
  const { amountMinor, currency, asOf, pct } = (value ?? {}) as Record<string, Json>;
  if (typeof asOf !== 'string' || !/^\d{4}-\d\d-\d\dT/.test(asOf) || Number.isNaN(Date.parse(asOf))) {
    throw new ValidationError(
      'value.asOf',
      'asOf is the instant of the figure, e.g. "2026-11-20T12:00:00Z".',
    );
  }
  if (key.startsWith('margin_pct')) {
    if (pct === null || typeof pct === 'number') return;
    throw new ValidationError('value.pct', 'pct is a number of per cent, or null when there was no revenue.');
  }
  if (typeof amountMinor !== 'string' || !/^-?\d{1,18}$/.test(amountMinor)) {
    throw new ValidationError(
      'value.amountMinor',
      'amountMinor is a whole number of minor units as text, e.g. "1250".',
    );
  }
  if (typeof currency !== 'string' || !isCurrency(currency)) {
    throw new ValidationError('value.currency', 'currency is an ISO 4217 code, e.g. "USD".');
  }
}
