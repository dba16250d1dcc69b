import { uuidv7 } from '../../kernel/ids.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import type { KpiSnapshot } from '../kpis/index.ts';
import { evaluate } from './evaluate.ts';
import { emitIssues } from './events.ts';
import { fingerprintOf } from './issue.ts';
import { planIssues } from './plan.ts';
import { effectiveRules } from './read.ts';
import { loadForDetection, lockDetection, saveIssues } from './store.ts';

/** What one detection did; `open` counts the issues that are not resolved afterwards. */
export interface DetectionResult {
  /** New ones and returns within 24 h. */
  opened: number;
  repeated: number;
  resolved: number;
  open: number;
}

/** Judges a snapshot by the tenant's rules and opens, repeats and resolves issues (spec a.3). Five statements. */
export async function detectIssues(scope: Scope, tx: Tx, snapshot: KpiSnapshot): Promise<DetectionResult> {
  const { tenantId } = scope;
  await lockDetection(tx, tenantId);
  const findings = evaluate(snapshot, await effectiveRules(scope, tx));
  const fingerprints = findings.map(({ type, dimension }) => fingerprintOf(tenantId, type, dimension));
  const known = await loadForDetection(tx, tenantId, fingerprints);
  const plan = planIssues(tenantId, known, findings, snapshot.at, () => uuidv7(snapshot.at.getTime()));
  await saveIssues(tx, tenantId, plan.changed);
  await emitIssues(scope, tx, [
    ...plan.opened.map((issue) => ({ type: 'ISSUE_OPENED' as const, issue })),
    ...plan.resolved.map((issue) => ({ type: 'ISSUE_RESOLVED' as const, issue })),
  ]);
  const wereOpen = known.filter((issue) => issue.status !== 'RESOLVED').length;
  return {
    opened: plan.opened.length,
    repeated: plan.repeated,
    resolved: plan.resolved.length,
    open: wereOpen + plan.opened.length - plan.resolved.length,
  };
}
