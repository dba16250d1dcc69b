import { disableNewestFlag } from '../../control/flags/index.ts';
import { jobsOf, PLATFORM_TENANT } from '../../kernel/ids.ts';
import type { Scope } from '../../platform/scope.ts';
import { inspectMail, switchMail } from '../channels/index.ts';
import { type Inspection, RECOVERY_FLAG, RUNBOOK_STEPS, type RunbookStepKind } from './runbook.ts';

/** Dead jobs that one step gives another round (spec j.4). */
const REQUEUED_AT_ONCE = 100;

/** How a step looks whether it has anything to do, and how it does it; no transaction is open around either. */
interface StepDoor {
  inspect(scope: Scope): Promise<Omit<Inspection, 'step'>>;
  /** What it did, for the record. Throws when it could not. */
  execute(scope: Scope, reason: string): Promise<Record<string, unknown>>;
}

/** The switch that lets runbooks run is not what broke the product. */
const ASIDE = { except: [RECOVERY_FLAG] };

const DOORS: Record<RunbookStepKind, StepDoor> = {
  REQUEUE_DEAD_JOBS: {
    async inspect(scope) {
      const queues = Object.values(await scope.jobs.counts(jobsOf(scope.tenantId)));
      const dead = queues.reduce((sum, counts) => sum + counts.dead, 0);
      const says =
        dead === 0
          ? 'No job has been given up.'
          : `Up to ${REQUEUED_AT_ONCE} of ${dead} dead jobs run again.`;
      return { isPossible: dead > 0, says, facts: { dead } };
    },
    execute: async (scope) => ({
      requeued: await scope.jobs.requeueDead(REQUEUED_AT_ONCE, jobsOf(scope.tenantId)),
    }),
  },
  RECYCLE_WORKERS: {
    async inspect(scope) {
      // Workers work for everybody, so only the operator of the installation replaces them.
      if (scope.tenantId !== PLATFORM_TENANT) {
        const says = 'Only the installation (x-tenant: platform) replaces workers.';
        return { isPossible: false, isForeign: true, says, facts: {} };
      }
      const queues = scope.jobs.handled();
      const says =
        queues === 0 ? 'This instance handles no queue.' : `The workers of ${queues} queues are replaced.`;
      return { isPossible: queues > 0, says, facts: { queues } };
    },
    execute: async (scope) => ({ recycled: await scope.jobs.recycle() }),
  },
  DISABLE_NEWEST_FLAG: {
    async inspect(scope) {
      const found = await scope.db.tx((tx) =>
        disableNewestFlag(scope, tx, { ...ASIDE, reason: '', isDryRun: true }),
      );
      const says = found
        ? `${found.key}, changed last, would be: ${found.action}.`
        : 'No flag was switched on lately.';
      return { isPossible: found !== null, says, facts: { ...found } };
    },
    async execute(scope, reason) {
      const done = await scope.db.tx((tx) =>
        disableNewestFlag(scope, tx, { ...ASIDE, reason, isDryRun: false }),
      );
      if (!done) throw new Error('No flag was switched on lately.');
      return { ...done };
    },
  },
  SWITCH_PROVIDER: { inspect: inspectMail, execute: switchMail },
};

/** What every step of the runbook would find to do now; changes nothing. */
export function inspectSteps(scope: Scope): Promise<Inspection[]> {
  return Promise.all(
    RUNBOOK_STEPS.map(async (step) => {
      try {
        return { step, ...(await DOORS[step].inspect(scope)) };
      } catch (error) {
        scope.log.warn({ err: error, step }, 'runbook');
        return { step, isPossible: false, says: 'It could not be looked at.', facts: {} };
      }
    }),
  );
}

/** Does one step. */
export const executeStep = (scope: Scope, step: RunbookStepKind, reason: string) =>
  DOORS[step].execute(scope, reason);
