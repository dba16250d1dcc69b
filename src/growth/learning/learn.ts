import { getSteering } from '../../control/flags/index.ts';
import type { Reason } from '../../kernel/reason.ts';
import { addMs, DAY_MS } from '../../kernel/time.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { excludeForAll } from './exclude-for-all.ts';
import { lastLadder, runningExperiment, saveExperiment } from './experiment-store.ts';
import type { LearnFacts } from './facts.ts';
import { loadLessons, loadWeights, markLearned, saveWeights } from './outcome-store.ts';
import { learnPatterns } from './patterns.ts';
import { EXCLUSION_DAYS } from './record-outcomes.ts';
import { closeRound, type Round } from './round.ts';
import { type ExperimentStep, runExperiment } from './run-experiment.ts';
import { stepThresholds } from './step-thresholds.ts';
import { loadKnown, loadState, lockLearning } from './strategy-store.ts';

/** Outcomes learned in one round; the rest waits for the next. */
const MAX_LESSONS = 5_000;

/** What one round of learning did. */
export interface LearnResult {
  /** Outcomes used. */
  readonly lessons: number;
  /** Patterns whose weight they moved. */
  readonly patterns: number;
  /** Strategy changes written, by status. */
  readonly changes: Readonly<Record<string, number>>;
  readonly isReweighted: boolean;
  /** Arms that a guardrail paused now. */
  readonly paused: readonly string[];
  readonly experimentStatus: string | null;
  readonly experimentMessage: string | null;
  /** For people to look at. */
  readonly alerts: readonly Reason[];
}

/**
 * One round of learning about one action type (spec d.2–d.5): pattern weights, one threshold step, exclusions, the
 * running price experiment. Stabilise mode freezes all of it but guardrails, and outcomes wait until it ends; mode OFF
 * does too, and proposes nothing. At most 20 statements, whatever there is to learn.
 */
export async function learn(scope: Scope, tx: Tx, facts: LearnFacts): Promise<LearnResult> {
  const { tenantId, now } = scope;
  await lockLearning(tx, tenantId);
  const settings = await getSteering(scope, tx);
  const isOff = settings.learningMode === 'OFF';
  const learned =
    isOff || settings.flags.isStabilised ? { lessons: 0, patterns: 0 } : await learnWeights(scope, tx);
  const { actionType } = facts;
  const before = await loadState(tx, tenantId, actionType);
  const round: Round = {
    ...{ scope, settings, actionType, state: before },
    known: await loadKnown(tx, tenantId, actionType, addMs(now, -EXCLUSION_DAYS * DAY_MS)),
    ...{ decisions: [], changes: [], superseded: [], exclusions: [], events: [], alerts: [] },
  };
  const running = await runningExperiment(tx, tenantId, actionType);
  if (!isOff) {
    const ladder = await lastLadder(tx, tenantId, actionType, settings.bundleCurrency);
    stepThresholds(round, facts.recent, ladder, running !== null);
    await excludeForAll(round, tx);
  }
  const step = running ? runExperiment(round, running, facts) : null;
  if (step && step.experiment !== running) await saveExperiment(tx, tenantId, step.experiment);
  await closeRound(round, tx, before);
  return resultOf(round, learned, step);
}

async function learnWeights(scope: Scope, tx: Tx): Promise<{ lessons: number; patterns: number }> {
  const lessons = await loadLessons(tx, scope.tenantId, MAX_LESSONS);
  if (lessons.length === 0) return { lessons: 0, patterns: 0 };
  const keys = [...new Set(lessons.map(({ patternKey }) => patternKey))];
  const known = await loadWeights(tx, scope.tenantId, keys);
  const changed = learnPatterns(new Map(known.map((weight) => [weight.key, weight])), lessons);
  await saveWeights(tx, scope.tenantId, changed, scope.now);
  await markLearned(tx, scope.tenantId, lessons, scope.now);
  return { lessons: lessons.length, patterns: changed.length };
}

function resultOf(
  { changes, alerts }: Round,
  learned: { lessons: number; patterns: number },
  step: ExperimentStep | null,
): LearnResult {
  const byStatus: Record<string, number> = {};
  for (const { status } of changes) byStatus[status] = (byStatus[status] ?? 0) + 1;
  return {
    ...learned,
    changes: byStatus,
    isReweighted: step?.isReweighted ?? false,
    paused: step?.paused ?? [],
    experimentStatus: step?.experiment.status ?? null,
    experimentMessage: step?.experiment.message ?? null,
    alerts,
  };
}
