import { defineFormula } from '../../control/decisions/index.ts';
import type { Reason } from '../../kernel/reason.ts';
import type { Sky } from '../routing/index.ts';
import { type Assignment, assignJobs, optionFor } from './assign.ts';
import type { FreeDrone, Job } from './job.ts';

/** Everything an assignment follows from, as plain JSON. */
export interface AssignmentInputs {
  readonly jobs: readonly Job[];
  readonly drones: readonly FreeDrone[];
  readonly sky: Sky;
}

export interface AssignmentOutput {
  readonly assignments: readonly Assignment[];
  /** Deliveries without a feasible drone. */
  readonly waiting: readonly string[];
}

/** One batch of spec c.8, as a decision that can be replayed. */
export const assignmentFormula = defineFormula<AssignmentInputs, AssignmentOutput>({
  kind: 'fleet.assignment',
  version: '1',
  compute({ jobs, drones, sky }) {
    const assignments = assignJobs(jobs, drones, sky);
    const sent = new Set(assignments.map(({ deliveryId }) => deliveryId));
    const left = jobs.filter(({ deliveryId }) => !sent.has(deliveryId));
    return {
      output: { assignments, waiting: left.map(({ deliveryId }) => deliveryId).sort() },
      reasons: [...assignments.map(sentFor), ...left.map((job) => whyNot(job, drones, sky))],
    };
  },
});

/** The inputs with what does not matter left out: weather elsewhere. */
export function assignmentInputs({ jobs, drones, sky }: AssignmentInputs): AssignmentInputs {
  const regions = new Set(jobs.map(({ region }) => region));
  const weather = Object.fromEntries(Object.entries(sky.weather).filter(([region]) => regions.has(region)));
  return { jobs, drones, sky: { ...sky, weather } };
}

const sentFor = ({ deliveryId, droneId, cost, plan }: Assignment): Reason => ({
  code: 'ASSIGNED',
  text: `${droneId} flies ${plan.distanceKm.toFixed(1)} km for ${deliveryId} at a cost of ${cost.toFixed(1)} min.`,
});

/** Why a job waits: what is against the drones there are, by count, or that others were sent elsewhere. */
function whyNot(job: Job, drones: readonly FreeDrone[], sky: Sky): Reason {
  const against: Record<string, number> = {};
  let feasible = 0;
  for (const drone of drones) {
    const option = optionFor(job, drone, sky);
    if (option.ok) feasible++;
    else for (const { code } of option.reasons) against[code] = (against[code] ?? 0) + 1;
  }
  const counts = Object.entries(against)
    .sort()
    .map(([code, count]) => `${code} ${count}`);
  const busy = feasible > 0 ? [`${feasible} sent elsewhere`] : [];
  const text = [...counts, ...busy].join(', ') || 'no drone is free';
  return { code: 'NO_FEASIBLE_DRONE', text: `${job.deliveryId}: of ${drones.length} free drones: ${text}.` };
}
