import Big from 'big.js';
import { writeAudit } from '../../control/audit/index.ts';
import { ValidationError, VersionConflictError } from '../../kernel/errors.ts';
import type { Scope } from '../../platform/scope.ts';
import { REVENUE_BASELINES, type RevenueBaseline } from '../kpis/index.ts';
import { effectiveRules } from './read.ts';
import { type EffectiveRule, type IssueType, plain, RULES } from './rules.ts';
import { saveRule } from './store.ts';

/** Absent fields stay as they are; null goes back to the built-in value. */
export interface RuleChange {
  type: IssueType;
  threshold?: string | number | null | undefined;
  isEnabled?: boolean | null | undefined;
  baseline?: RevenueBaseline | null | undefined;
  /** The version read before; 0 for a rule never changed. */
  expectedVersion?: number | null | undefined;
}

/** Sets a tenant's own threshold, switch or baseline of one rule. Throws Validation or VersionConflict. */
export async function setIssueRule(scope: Scope, change: RuleChange): Promise<EffectiveRule> {
  const threshold = change.threshold == null ? change.threshold : checkedThreshold(change);
  checkBaseline(change);
  return scope.db.tx(async (tx) => {
    const rules = await effectiveRules(scope, tx);
    const before = rules.find((rule) => rule.type === change.type) as EffectiveRule;
    if (change.expectedVersion != null && change.expectedVersion !== before.version) {
      throw new VersionConflictError('issue rule', change.expectedVersion, before.version);
    }
    const after = changed(scope, before, change, threshold);
    if (!(await saveRule(tx, scope.tenantId, after))) {
      throw new VersionConflictError('issue rule', before.version, after.version);
    }
    await writeAudit(scope, tx, {
      action: 'issueRule.set',
      subject: change.type,
      before: audited(before),
      after: audited(after),
    });
    return after;
  });
}

function changed(
  scope: Scope,
  before: EffectiveRule,
  change: RuleChange,
  threshold: string | null | undefined,
): EffectiveRule {
  const isCustomThreshold = threshold === undefined ? before.isCustomThreshold : threshold !== null;
  const kept = threshold === undefined ? before.threshold : (threshold ?? RULES[before.type].threshold);
  const baseline = change.baseline === undefined ? before.baseline : (change.baseline ?? 'PREVIOUS_DAY');
  return {
    type: before.type,
    isEnabled: change.isEnabled === undefined ? before.isEnabled : (change.isEnabled ?? true),
    threshold: kept,
    isCustomThreshold,
    baseline: before.type === 'REVENUE_DROP' ? baseline : null,
    version: before.version + 1,
    updatedAt: scope.now,
    updatedBy: scope.actor.name,
  };
}

/** The threshold with 4 places. Throws ValidationError when the rule has none to set or it is out of range. */
function checkedThreshold({ type, threshold }: RuleChange): string {
  const { range, unit } = RULES[type];
  if (!range) {
    throw new ValidationError('threshold', `${type} is fixed at ${plain(RULES[type].threshold)} intervals.`);
  }
  const whole = unit === 'COUNT';
  const wanted = `The threshold of ${type} is a ${whole ? 'whole number' : 'number with at most 4 decimals'} from ${range.min} to ${range.max}`;
  const value = parse(threshold as string | number, wanted);
  const isFine = value.round(whole ? 0 : 4).eq(value) && value.gte(range.min) && value.lte(range.max);
  if (!isFine) throw new ValidationError('threshold', `${wanted}, not ${threshold}.`);
  return value.abs().eq(0) ? '0.0000' : value.toFixed(4);
}

function parse(threshold: string | number, wanted: string): Big {
  try {
    return new Big(threshold);
  } catch {
    throw new ValidationError('threshold', `${wanted}.`);
  }
}

function checkBaseline({ type, baseline }: RuleChange): void {
  if (baseline == null) return;
  if (type !== 'REVENUE_DROP') {
    throw new ValidationError('baseline', `Only REVENUE_DROP has a baseline; ${type} compares a level.`);
  }
  if (!REVENUE_BASELINES.includes(baseline)) {
    throw new ValidationError('baseline', `A baseline is one of ${REVENUE_BASELINES.join(', ')}.`);
  }
}

function audited({ threshold, isEnabled, baseline, version }: EffectiveRule): Record<string, unknown> {
  return { threshold, isEnabled, baseline, version };
}
