import { type Computed, compute } from '../../control/decisions/index.ts';
import type { GateAnswer } from '../../control/policy/index.ts';
import { bucket } from '../../kernel/murmur.ts';
import { HOUR_MS } from '../../kernel/time.ts';
import { costFloorOf, evidenceOf } from './evidence.ts';
import type { PriceExperiment } from './experiment.ts';
import type { ExperimentFacts } from './facts.ts';
import { DRAWS } from './posterior.ts';
import { promote } from './promote.ts';
import { type ReweightFacts, type Reweighting, reweightFormula } from './reweight.ts';
import { askGate, note, type Round } from './round.ts';

/** What became of the experiment in this round. */
export interface ExperimentStep {
  readonly experiment: PriceExperiment;
  readonly isReweighted: boolean;
  readonly paused: readonly string[];
  readonly isEnded: boolean;
}

/**
 * The next step of a running experiment (spec d.4). Guardrails, budget and time hold in every mode: they protect
 * customers. Weights move, and a best price ends it, only when the gate does not hold it; mode APPROVE lets them,
 * because a person started the experiment. Writes nothing itself.
 */
export function runExperiment(
  round: Round,
  experiment: PriceExperiment,
  facts: ExperimentFacts,
): ExperimentStep {
  const { now } = round.scope;
  const answer = askGate(round, 'EXPERIMENT_REWEIGHT');
  const isDue = !experiment.reweightedAt || now.getTime() - experiment.reweightedAt.getTime() >= HOUR_MS;
  const inputs = inputsOf(experiment, facts, now);
  const mayMove = answer.verdict !== 'HOLD';
  const computed = compute(reweightFormula, { ...inputs, isDue: isDue && mayMove });
  if (isDue && answer.reason === 'DRY_RUN') {
    note(round, decisionOf(experiment, compute(reweightFormula, { ...inputs, isDue })), answer);
  }
  const { output } = computed;
  const paused = output.arms.flatMap(({ key, pausedReason }) => (pausedReason ? [key] : []));
  const moved = withWeights(experiment, output);
  const isReweighted = moved !== experiment;
  if (!isDue && !isReweighted && output.ending === null) {
    return { experiment, isReweighted, paused, isEnded: false };
  }
  const ending = endingOf(round, experiment, facts, output);
  const isFrozen = !mayMove && !isReweighted && ending.status === 'RUNNING';
  const message = isFrozen ? `Weights are frozen: ${answer.reason}.` : ending.message;
  const next = { ...moved, ...(isDue && { reweightedAt: now }), message };
  const isEnded = ending.status !== 'RUNNING';
  if (isReweighted || isEnded) note(round, decisionOf(experiment, computed), toldBy(answer, mayMove));
  const ended = isEnded
    ? { status: ending.status, endedAt: now, winner: output.winner, version: experiment.version + 1 }
    : {};
  const after = { ...next, ...ended, pBest: output.pBest ?? experiment.pBest };
  if (isReweighted || isEnded) announce(round, after, output);
  return { experiment: after, isReweighted, paused, isEnded };
}

const decisionOf = (experiment: PriceExperiment, computed: Computed<Reweighting>) => ({
  ...{ formula: reweightFormula, computed, subject: experiment.id },
});

/** A person approved the weights by starting the experiment; a pause that the gate would hold happens all the same. */
const toldBy = (answer: GateAnswer, mayMove: boolean): GateAnswer =>
  mayMove ? { verdict: 'ALLOW', reason: null } : answer;

function inputsOf(experiment: PriceExperiment, { days }: ExperimentFacts, now: Date): ReweightFacts {
  const { id, currency, startedAt, endsAt, budgetOffers, seed, weightsVersion } = experiment;
  return {
    ...{ experimentId: id, currency, now, startedAt, endsAt, budgetOffers, isDue: false },
    seed: bucket(`${seed}:${weightsVersion}:${now.toISOString()}`, 2 ** 31),
    draws: DRAWS,
    costFloor: costFloorOf(experiment, days, now),
    arms: evidenceOf(experiment, days, now),
  };
}

function withWeights(experiment: PriceExperiment, { arms }: Reweighting): PriceExperiment {
  const next = experiment.arms.map((arm) => {
    const wanted = arms.find(({ key }) => key === arm.key);
    const paused = wanted?.pausedReason
      ? { status: 'PAUSED' as const, pausedReason: wanted.pausedReason }
      : {};
    return { ...arm, weight: wanted?.weight ?? arm.weight, ...paused };
  });
  const isSame = next.every(
    (arm, i) => arm.weight === experiment.arms[i]?.weight && arm.status === experiment.arms[i]?.status,
  );
  return isSame ? experiment : { ...experiment, arms: next, weightsVersion: experiment.weightsVersion + 1 };
}

/** Whether it ends now; the price that earned most then goes before the promotion gate. */
function endingOf(
  round: Round,
  experiment: PriceExperiment,
  { groups }: ExperimentFacts,
  output: Reweighting,
): Pick<PriceExperiment, 'status' | 'message'> {
  const { ending, winner, message } = output;
  if (ending === null) return { status: 'RUNNING', message };
  if (winner === null) return { status: 'STOPPED', message };
  const verdict = promote(round, experiment, winner, groups, ending === 'BEST_FOUND');
  return verdict.isTooEarly
    ? { status: 'RUNNING', message: `${message} ${verdict.text}` }
    : { status: 'COMPLETED', message: `${message} ${verdict.text}` };
}

function announce(round: Round, experiment: PriceExperiment, { ending }: Reweighting): void {
  const { id: experimentId, status, weightsVersion, arms, message } = experiment;
  const pausedArms = arms.filter((arm) => arm.status === 'PAUSED').map(({ key }) => key);
  const weights = Object.fromEntries(arms.map(({ key, weight }) => [key, weight]));
  round.events.push({
    type: 'EXPERIMENT_CHANGED',
    payload: { experimentId, status, weightsVersion, weights, pausedArms, message },
  });
  if (ending === 'ALL_PAUSED') round.alerts.push({ code: 'ALERT_ALL_ARMS_PAUSED', text: message ?? '' });
}
