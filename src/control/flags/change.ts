import { canonicalJson, type Json } from '../../kernel/canonical.ts';
import { ForbiddenError, NotFoundError, ValidationError } from '../../kernel/errors.ts';
import { checkText } from '../../kernel/text.ts';
import { type NewRule, readRules, readValue } from './check.ts';
import type { Flag } from './flag-row.ts';
import { STABILISE_FLAG } from './keys.ts';

/** What an owner may set anew; what is left out stays. */
export interface FlagPatch {
  readonly description?: string | null | undefined;
  readonly defaultValue?: Json | undefined;
  readonly isEnabled?: boolean | null | undefined;
  readonly rules?: readonly NewRule[] | null | undefined;
  readonly needsApproval?: boolean | null | undefined;
  /** Values that need a reason; an empty list for none. */
  readonly needReason?: readonly Json[] | null | undefined;
  /** Null takes it away. */
  readonly owner?: string | null | undefined;
  /** ISO instant; null takes it away. */
  readonly expiresAt?: string | null | undefined;
}

/** One change of a flag; plain JSON, so that it can wait. */
export type FlagChange =
  | { readonly kind: 'SET'; readonly value: Json }
  | { readonly kind: 'UPDATE'; readonly patch: FlagPatch }
  | { readonly kind: 'REMOVE_OVERRIDE' | 'KILL' | 'REVIVE' | 'DELETE' };

/** Only of the flags that a tenant may answer for itself. */
const OWNERS: ReadonlySet<FlagChange['kind']> = new Set(['UPDATE', 'KILL', 'REVIVE', 'DELETE']);

/** The flag after a change, or null when it is gone. `by` and `now` are not part of it: the store writes them. */
export function withChange(flag: Flag, change: FlagChange, tenantId: string): Flag | null {
  const isOwn = flag.tenantId === tenantId;
  if (OWNERS.has(change.kind) && !isOwn) {
    throw new ForbiddenError(`${flag.key} is the installation's; set your own value with setFlag.`);
  }
  switch (change.kind) {
    case 'SET': {
      const value = readValue(flag.type, change.value);
      return isOwn
        ? { ...flag, defaultValue: value }
        : { ...flag, override: { ...NEW_OVERRIDE, ...flag.override, value } };
    }
    case 'UPDATE':
      return withPatch(flag, change.patch);
    case 'REMOVE_OVERRIDE': {
      const { override, ...rest } = flag;
      if (!override) throw new NotFoundError('override', flag.key);
      return rest;
    }
    case 'KILL':
      refuseForStabilise(flag, 'killed');
      return { ...flag, killSwitch: true };
    case 'REVIVE':
      return { ...flag, killSwitch: false };
    case 'DELETE':
      if (flag.isSystem)
        throw new ForbiddenError(`${flag.key} belongs to the product and cannot be deleted.`);
      return null;
  }
}

const NEW_OVERRIDE = { version: 0, updatedAt: new Date(0), updatedBy: '' };

function withPatch(flag: Flag, patch: FlagPatch): Flag {
  const { defaultValue, rules, needReason, owner, expiresAt } = patch;
  if (patch.isEnabled === false) refuseForStabilise(flag, 'disabled');
  const protection = needReason?.map((value, i) => readValue(flag.type, value, `needReason.${i}`));
  return {
    ...flag,
    description: checkText(patch.description ?? flag.description, 'description', 500),
    isEnabled: patch.isEnabled ?? flag.isEnabled,
    needsApproval: patch.needsApproval ?? flag.needsApproval,
    ...(defaultValue !== undefined && { defaultValue: readValue(flag.type, defaultValue, 'defaultValue') }),
    ...(rules != null && { rules: readRules(flag.type, rules) }),
    ...(protection && { protection: protection.length > 0 ? { needReason: protection } : null }),
    ...(owner !== undefined && { owner: owner === null ? null : checkText(owner, 'owner', 100) }),
    ...(expiresAt !== undefined && { expiresAt: expiresAt === null ? null : new Date(expiresAt) }),
  };
}

/** The freeze has one switch, so that nobody wonders why it does not hold. */
function refuseForStabilise(flag: Flag, how: string): void {
  if (flag.key !== STABILISE_FLAG) return;
  throw new ValidationError(
    'key',
    `${STABILISE_FLAG} cannot be ${how}; switch it off with setStabiliseMode.`,
  );
}

/** Every value that somebody may get, and the way in which it is decided who gets which. */
function served({ killSwitch, isEnabled, override, defaultValue, type, rules }: Flag) {
  const one = (value: Json) => ({ values: new Set([canonicalJson(value)]), way: 'one' });
  if (killSwitch) return one(type === 'BOOLEAN' ? false : defaultValue);
  if (!isEnabled) return one(defaultValue);
  if (override) return one(override.value);
  const values = new Set([defaultValue, ...rules.map(({ value }) => value)].map(canonicalJson));
  return { values, way: canonicalJson([defaultValue, rules]) };
}

/**
 * Refuses a change that may serve a protected value to somebody new (a larger share, too), or that takes the protection
 * away, without a reason.
 */
export function requireReason(before: Flag, after: Flag | null, reason: string | null | undefined): void {
  if (reason?.trim()) return void checkText(reason, 'reason', 500);
  if (!after) return;
  const [then, now] = [served(before), served(after)];
  const isAsBefore = (each: string) =>
    then.values.has(each) && (then.values.size === 1 || then.way === now.way);
  const values = (before.protection?.needReason ?? []).map(canonicalJson);
  const value = values.find((each) => now.values.has(each) && !isAsBefore(each));
  if (value !== undefined) {
    throw new ValidationError('reason', `Say why ${before.key} shall be ${value}: it is protected.`);
  }
  if (before.protection && canonicalJson(before.protection) !== canonicalJson(after.protection)) {
    throw new ValidationError('reason', `Say why the protection of ${before.key} shall change.`);
  }
}

/** The version that a change of this tenant's rests on: of its own flag, or of its override (0: it has none). */
export const versionOf = (flag: Flag, tenantId: string): number =>
  flag.tenantId === tenantId ? flag.version : (flag.override?.version ?? 0);
