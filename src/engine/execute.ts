import { setTimeout as sleep } from 'node:timers/promises';
import { ValidationError } from '../kernel/errors.ts';
import type { Scope } from '../platform/scope.ts';
import { claimCycle, resumeCycle } from './claim.ts';
import { dryRun } from './dry-run.ts';
import { settleRun } from './ledger.ts';
import { PHASE_DEFAULTS, type PhaseOptions } from './run-phase.ts';
import { runCycle } from './runner.ts';
import { type CycleRow, getCycle, type Trigger } from './store.ts';

/** This instance's way of running cycles; made once by the composition root. */
export interface CycleRunner {
  /** Runs a cycle now and answers when it has ended or after `waitMs`, whichever is first; it goes on either way. */
  execute(scope: Scope, request: ExecuteRequest): Promise<Executed>;
  /** Goes on to its end with a cycle whose instance has died; null when there was nothing to resume. */
  resume(scope: Scope): Promise<CycleRow | null>;
  /** Lets running steps finish and leaves the rest to be resumed. */
  stop(): Promise<void>;
}

export interface ExecuteRequest {
  /** Default: now. An earlier instant runs a past hour. */
  asOf?: Date | null | undefined;
  isDryRun?: boolean;
  trigger: Trigger;
  waitMs?: number;
}

export interface Executed {
  cycle: CycleRow;
  /** True when another cycle of this tenant was running; then `cycle` is that one. */
  alreadyRunning: boolean;
}

export interface RunnerOptions {
  /** Names this instance in claims and logs. */
  owner: string;
  clock: () => Date;
  timeoutMs?: number;
  backoffMs?: readonly number[];
}

export function createCycleRunner(options: RunnerOptions): CycleRunner {
  const { owner, clock } = options;
  const stopping = new AbortController();
  const running = new Set<Promise<CycleRow | null>>();
  const phaseOptions: PhaseOptions = { ...PHASE_DEFAULTS, ...options, signal: stopping.signal };

  function launch(scope: Scope, cycle: CycleRow): Promise<CycleRow | null> {
    const run = runCycle(scope, cycle, phaseOptions).then(async (ended) => {
      // Whoever began it is gone, so nobody else writes down how its instant went.
      if (ended && cycle.attempt > 1) await settleRun(scope.db, scope.tenantId, cycle.asOf);
      return ended;
    });
    running.add(run);
    run
      .finally(() => running.delete(run))
      .catch((error) => scope.log.error({ err: error, cycle: cycle.id }, 'cycle'));
    return run;
  }

  return {
    async execute(scope, { asOf, isDryRun = false, trigger, waitMs }) {
      const now = clock();
      const instant = asOf ?? now;
      if (instant > now)
        throw new ValidationError('asOf', `A cycle cannot look ahead; it is ${now.toISOString()}.`);
      if (isDryRun) return { cycle: await dryRun(scope, instant, now, owner, clock), alreadyRunning: false };
      const { cycle, isMine } = await claimCycle(scope, { asOf: instant, trigger, startedAt: now }, owner);
      if (!isMine) return { cycle, alreadyRunning: true };
      const run = launch(scope, cycle);
      const ended =
        waitMs === undefined ? await run : await Promise.race([run, sleep(waitMs, null, { ref: false })]);
      const latest = ended ?? (await getCycle(scope.db, scope.tenantId, cycle.id)) ?? cycle;
      return { cycle: latest, alreadyRunning: false };
    },
    async resume(scope) {
      const cycle = await resumeCycle(scope, owner);
      if (cycle) await launch(scope, cycle);
      return cycle;
    },
    async stop() {
      stopping.abort(new Error('The instance is stopping.'));
      await Promise.allSettled([...running]);
    },
  };
}
