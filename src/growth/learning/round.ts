import {
  type Computed,
  type Formula,
  type NewDecision,
  recordDecisions,
} from '../../control/decisions/index.ts';
import type { Steering } from '../../control/flags/index.ts';
import { type ActionClass, type GateAnswer, gate } from '../../control/policy/index.ts';
import { canonicalJson } from '../../kernel/canonical.ts';
import { uuidv7 } from '../../kernel/ids.ts';
import type { Reason } from '../../kernel/reason.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { NewEvent } from '../../platform/events/types.ts';
import type { Scope } from '../../platform/scope.ts';
import { type Exclusion, saveExclusions } from './outcome-store.ts';
import {
  type ChangeKind,
  familyOf,
  type StrategyChange,
  type StrategyPoint,
  type StrategyState,
  withPoint,
} from './strategy.ts';
import { saveChanges, saveState } from './strategy-store.ts';

/** One round of learning about one action type: what it decides is collected here and written at its end, together. */
export interface Round {
  readonly scope: Scope;
  readonly settings: Steering;
  readonly actionType: string;
  /** As it stands after the steps so far. */
  state: StrategyState;
  /** Changes that wait, and what people refused or took back lately. */
  readonly known: readonly StrategyChange[];
  readonly decisions: NewDecision[];
  readonly changes: StrategyChange[];
  readonly superseded: StrategyChange[];
  readonly exclusions: Exclusion[];
  readonly events: NewEvent[];
  /** For people to look at. */
  readonly alerts: Reason[];
}

/** A step that learning would like to take. */
export interface WantedStep {
  readonly kind: ChangeKind;
  readonly actionClass: ActionClass;
  readonly before: StrategyPoint;
  readonly after: StrategyPoint;
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly formula: Pick<Formula<never, unknown>, 'kind' | 'version'>;
  readonly computed: Computed<unknown>;
  readonly subject: string;
}

/** What the gate says to learning's own steps. */
export const askGate = ({ settings }: Round, actionClass: ActionClass): GateAnswer =>
  gate({ actionClass, isStabilised: settings.flags.isStabilised, mode: settings.learningMode });

/** Notes a decision; answers its id. */
export function note(
  round: Round,
  decision: Pick<WantedStep, 'formula' | 'computed' | 'subject'>,
  answer?: GateAnswer,
): string {
  const id = uuidv7(round.scope.now.getTime());
  round.decisions.push({ id, ...decision, gate: answer });
  return id;
}

/**
 * Takes a step as far as the policy gate lets it: applied, proposed (mode APPROVE), held (stabilise mode), or only
 * recorded as a decision (mode OBSERVE). One that already waits as it is, is not repeated; it replaces another that
 * waits about the same thing.
 */
export function take(round: Round, step: WantedStep): StrategyChange | null {
  const answer = askGate(round, step.actionClass);
  const status = statusOf(answer);
  const waiting = round.known.filter(
    ({ kind, status: s }) => familyOf(step.kind).includes(kind) && (s === 'PROPOSED' || s === 'HELD'),
  );
  const same = waiting.find(({ after }) => isSamePoint(after, step.after));
  if (same && same.status === status) return null;
  const decisionId = note(round, step, answer);
  if (status === null) return null;
  const { now } = round.scope;
  const change: StrategyChange = {
    ...{ id: uuidv7(now.getTime()), actionType: round.actionType, kind: step.kind, status, decisionId },
    ...{ before: step.before, after: step.after, evidence: step.evidence, reasons: step.computed.reasons },
    ...{ createdAt: now, closedAt: null, closedBy: null, version: 1 },
  };
  const replaced = step.kind === 'EXCLUSION' ? waiting.filter((other) => other === same) : waiting;
  for (const other of replaced) {
    const closed = { closedAt: now, closedBy: 'system:superseded', version: other.version + 1 };
    round.superseded.push({ ...other, status: 'REJECTED', ...closed });
  }
  round.changes.push(change);
  round.events.push(changeEvent(change));
  if (status === 'APPLIED' && step.kind !== 'EXCLUSION')
    round.state = withPoint(round.state, step.after, now);
  return change;
}

function statusOf({ verdict, reason }: GateAnswer): 'APPLIED' | 'PROPOSED' | 'HELD' | null {
  if (verdict === 'ALLOW') return 'APPLIED';
  if (verdict === 'NEEDS_APPROVAL') return 'PROPOSED';
  return reason === 'STABILIZE_MODE' ? 'HELD' : null;
}

/** Two exclusions are the same when they are about the same words; their end moves with the clock. */
function isSamePoint({ until: _a, exclusionId: _b, ...a }: StrategyPoint, point: StrategyPoint): boolean {
  const { until: _c, exclusionId: _d, ...b } = point;
  return canonicalJson(a) === canonicalJson(b);
}

/** The whole fact for the event log. */
export const changeEvent = (change: StrategyChange): NewEvent => ({
  type: 'STRATEGY_CHANGED',
  payload: {
    ...{ changeId: change.id, actionType: change.actionType, kind: change.kind, status: change.status },
    ...{ before: { ...change.before }, after: { ...change.after }, decisionId: change.decisionId },
  },
});

/** Writes what the round has decided; events last, because they lock the tenant's counter. At most six statements. */
export async function closeRound(round: Round, tx: Tx, stateBefore: StrategyState): Promise<void> {
  const { scope, decisions, changes, superseded, exclusions, events } = round;
  await recordDecisions(scope, tx, decisions);
  await saveChanges(tx, scope.tenantId, [...changes, ...superseded]);
  if (round.state !== stateBefore) await saveState(tx, scope.tenantId, round.state);
  await saveExclusions(tx, scope.tenantId, exclusions, scope.now);
  await scope.events.append(tx, scope.tenantId, events);
}
