import type {
  Inspection,
  RunbookStepKind,
  StepRun,
  StepStatus,
} from '../../src/reliability/incidents/index.ts';
import { builder } from '../builder.ts';

type Words<T extends string> = Record<T, { description: string }>;

export const RunbookStepEnum = builder.enumType('RunbookStep', {
  description: 'What a runbook may do, in the order in which it tries.',
  values: {
    REQUEUE_DEAD_JOBS: { description: 'Gives up to 100 jobs that were given up another round.' },
    RECYCLE_WORKERS: {
      description: 'Replaces this instance’s job workers; what they are at is finished first.',
    },
    DISABLE_NEWEST_FLAG: { description: 'Switches off the flag that was switched on last.' },
    SWITCH_PROVIDER: {
      description:
        'Switches an e-mail channel off whose circuit has opened, when another one can take over; enabling it again switches back.',
    },
  } satisfies Words<RunbookStepKind>,
});

const StepStatusEnum = builder.enumType('RunbookStepStatus', {
  description: 'What became of a step.',
  values: {
    HELD: { description: 'The gate said no; see reason.' },
    SKIPPED: { description: 'It had nothing to do.' },
    DONE: { description: 'It was done; whether it helped is looked at within 10 minutes.' },
    FAILED: { description: 'It could not be done.' },
    VERIFIED: { description: 'It helped.' },
    ESCALATED: { description: 'It did not help; people are needed.' },
  } satisfies Words<StepStatus>,
});

export const RunbookRunType = builder.objectRef<StepRun>('RunbookRun').implement({
  description: 'One runbook step that was tried, held, skipped or shown.',
  fields: (t) => ({
    step: t.field({ type: RunbookStepEnum, description: 'Which.', resolve: (s) => s.step }),
    status: t.field({ type: StepStatusEnum, description: 'What became of it.', resolve: (s) => s.status }),
    isDryRun: t.exposeBoolean('isDryRun', { description: 'Only shown; nothing was done.' }),
    decisionId: t.exposeID('decisionId', { nullable: true, description: 'Plain id of the decision.' }),
    startedAt: t.field({ type: 'DateTime', description: 'When.', resolve: (s) => s.startedAt }),
    verifyAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it must have helped; null once that is known.',
      resolve: (s) => s.verifyAt,
    }),
    before: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What it found.',
      resolve: (s) => s.before,
    }),
    after: t.field({
      type: 'JSON',
      nullable: true,
      description: 'What it did and brought.',
      resolve: (s) => s.after,
    }),
    reason: t.exposeString('reason', { nullable: true, description: 'Why it was held, skipped or failed.' }),
  }),
});

export const InspectionType = builder.objectRef<Inspection>('RunbookInspection').implement({
  description: 'What a step would find to do now.',
  fields: (t) => ({
    step: t.field({ type: RunbookStepEnum, description: 'Which.', resolve: (i) => i.step }),
    isPossible: t.exposeBoolean('isPossible', { description: 'Its precondition holds.' }),
    says: t.exposeString('says', { description: 'What would be done, or why nothing.' }),
    facts: t.field({ type: 'JSON', description: 'What it found.', resolve: (i) => ({ ...i.facts }) }),
  }),
});
