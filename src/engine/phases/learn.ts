import { learningFacts } from '../../delivery/feedback/index.ts';
import { ACTION_TYPE } from '../../delivery/offers/index.ts';
import { learn as learnFrom } from '../../growth/learning/index.ts';
import type { Phase } from '../phase.ts';

/** LEARN: weights, thresholds, exclusions and the price experiment, from what has ended (spec d.2–d.5). */
export const learn: Phase = {
  name: 'LEARN',
  async run(scope, tx) {
    const facts = await learningFacts(tx, scope.tenantId, ACTION_TYPE, scope.now);
    const learned = await learnFrom(scope, tx, facts);
    return {
      isDone: true,
      result: {
        ...{ lessons: learned.lessons, patterns: learned.patterns },
        changesApplied: learned.changes.APPLIED ?? 0,
        changesProposed: learned.changes.PROPOSED ?? 0,
        ...{ isReweighted: learned.isReweighted, pausedArms: learned.paused.join(' ') || null },
        ...{ experiment: learned.experimentStatus, experimentMessage: learned.experimentMessage },
        alerts: learned.alerts.map(({ code }) => code).join(' ') || null,
      },
    };
  },
};
