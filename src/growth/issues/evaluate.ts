import Big from 'big.js';
import type { KpiSnapshot, KpiSource } from '../kpis/index.ts';
import {
  type EffectiveRule,
  ISSUE_TYPES,
  type IssueType,
  plain,
  READERS,
  RULES,
  type RuleDefinition,
  type Severity,
} from './rules.ts';

export type Confidence = 'HIGH' | 'LOW';

/**
 * What one rule says about one snapshot. RAISED and CLEAN are evidence; UNKNOWN (KPI null or stale) is none,
 * so it neither raises an issue nor counts towards resolving one; OFF is a rule the tenant switched off.
 */
export interface Finding {
  readonly type: IssueType;
  /** '' for the tenant as a whole; the KPI's name for STALE_KPI. */
  readonly dimension: string;
  readonly outcome: 'RAISED' | 'CLEAN' | 'UNKNOWN' | 'OFF';
  readonly severity: Severity;
  readonly confidence: Confidence;
  /** Decimals with 4 places. */
  readonly value: string;
  readonly threshold: string;
  readonly message: string;
}

/** Every rule against a snapshot, one finding per rule and one STALE_KPI finding per watched KPI (spec a.3). */
export function evaluate(snapshot: KpiSnapshot, rules: readonly EffectiveRule[]): Finding[] {
  const byType = new Map(rules.map((rule) => [rule.type, rule]));
  const sources = new Map(snapshot.sources.map((source) => [source.kpi, source]));
  const stale = byType.get('STALE_KPI');
  return ISSUE_TYPES.flatMap((type) => {
    const { kpi } = RULES[type];
    const rule = byType.get(type);
    if (type === 'STALE_KPI' || kpi === null || !rule) return [];
    const source = sources.get(kpi);
    const findings = [judge(snapshot, type, rule, source?.isStale ?? false)];
    if (source && stale) findings.push(judgeSource(source, stale, rule.isEnabled));
    return findings;
  });
}

function judge(
  snapshot: KpiSnapshot,
  type: Exclude<IssueType, 'STALE_KPI'>,
  rule: EffectiveRule,
  isStale: boolean,
): Finding {
  const definition = RULES[type];
  const { value, cases, text } = READERS[type](snapshot);
  const isSmall = cases !== null && cases < definition.minCases;
  return {
    type,
    dimension: '',
    outcome: outcomeOf(rule.isEnabled, isStale ? null : value, definition, rule.threshold),
    severity: definition.severity,
    confidence: isSmall ? 'LOW' : 'HIGH',
    value: new Big(value ?? 0).toFixed(4),
    threshold: rule.threshold,
    message: `${text}; the limit is ${plain(rule.threshold)}${definition.unit === 'PERCENT' ? ' %' : ''}.${
      isSmall ? ` Low confidence: it rests on ${cases} cases.` : ''
    }`,
  };
}

/** A KPI whose own rule is off is watched by nobody, so its silence is not reported either. */
function judgeSource(source: KpiSource, rule: EffectiveRule, isWatched: boolean): Finding {
  const definition = RULES.STALE_KPI;
  const since = source.watermark?.toISOString() ?? 'never';
  return {
    type: 'STALE_KPI',
    dimension: source.kpi,
    outcome: outcomeOf(rule.isEnabled && isWatched, source.ageIntervals, definition, rule.threshold),
    severity: definition.severity,
    confidence: 'HIGH',
    value: source.ageIntervals ?? '0.0000',
    threshold: rule.threshold,
    message: `${source.kpi} rests on facts of ${since}, ${plain(source.ageIntervals)} intervals old; its own rule waits.`,
  };
}

function outcomeOf(
  isEnabled: boolean,
  value: string | null,
  { comparison }: RuleDefinition,
  threshold: string,
): Finding['outcome'] {
  if (!isEnabled) return 'OFF';
  if (value === null) return 'UNKNOWN';
  return isWorse(value, threshold, comparison) ? 'RAISED' : 'CLEAN';
}

/** Whether `value` lies strictly beyond `limit` on the bad side. */
export function isWorse(value: string, limit: string, comparison: RuleDefinition['comparison']): boolean {
  return comparison === 'BELOW' ? new Big(value).lt(limit) : new Big(value).gt(limit);
}
