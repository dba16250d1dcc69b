import {
  type Changed,
  type HeldKind,
  heldSince,
  listFlagRequests,
  type StabiliseStatus,
  setStabiliseMode,
  stabiliseStatus,
} from '../../src/control/flags/index.ts';
import { countWaitingChanges } from '../../src/growth/learning/index.ts';
import { countProposed } from '../../src/growth/pricing/index.ts';
import { builder } from '../builder.ts';
import { COMMON_ERRORS } from '../errors.ts';
import { FlagRequestType } from './flag-requests.ts';

const HeldKindType = builder.objectRef<HeldKind>('HeldActions').implement({
  description: 'Automatic actions of one kind that were held back since the freeze.',
  fields: (t) => ({
    kind: t.exposeString('kind', { description: 'The formula that decided: Decision.kind.' }),
    decisions: t.exposeInt('decisions', { description: 'How often it was held.' }),
    subjects: t.exposeInt('subjects', { description: 'How many things that was about.' }),
    newestAt: t.field({ type: 'DateTime', description: 'The last time.', resolve: (h) => h.newestAt }),
    newestDecisionId: t.exposeID('newestDecisionId', { description: 'Plain id of the newest decision.' }),
  }),
});

const SourceEnum = builder.enumType('StabiliseSource', {
  description: 'Whose switch it is.',
  values: {
    TENANT: { description: 'The tenant’s own.' },
    INSTALLATION: { description: 'Everybody’s, by the operator of the installation.' },
  },
});

const StatusType = builder.objectRef<StabiliseStatus>('StabiliseStatus').implement({
  description:
    'Whether automatic changes are frozen and what waits (spec j.5). When it ends, what was held is decided anew on the facts of then; nothing is replayed.',
  fields: (t) => ({
    isOn: t.exposeBoolean('isOn', { description: 'Frozen: one of the sources is enough.' }),
    sources: t.field({
      type: [SourceEnum],
      description: 'Who froze it, first one first.',
      resolve: (s) => [...s.sources],
    }),
    since: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Frozen since then.',
      resolve: (s) => s.since,
    }),
    by: t.exposeString('by', { nullable: true, description: 'Who froze it first.' }),
    reason: t.exposeString('reason', {
      nullable: true,
      description: 'Why the tenant’s own switch was last moved.',
    }),
    held: t.field({
      type: [HeldKindType],
      description: 'What the gate has held back since then.',
      resolve: (s, _args, { scope }) => (s.since ? heldSince(scope.db, scope.tenantId, s.since) : []),
    }),
    heldChanges: t.int({
      description: 'Steps of learning that wait: HELD by the freeze, or PROPOSED to people.',
      resolve: (_s, _args, { scope }) => countWaitingChanges(scope.db, scope.tenantId),
    }),
    proposedPrices: t.int({
      description: 'Prices that wait for a person; nobody can approve one during a freeze.',
      resolve: (_s, _args, { scope }) => countProposed(scope),
    }),
    requests: t.field({
      type: [FlagRequestType],
      description: 'The newest changes of flags that wait, at most 20.',
      resolve: async (_s, _args, { scope }) =>
        (await listFlagRequests(scope, { first: 20 }, { status: ['PENDING'] })).edges.map(({ node }) => node),
    }),
  }),
});

const SetPayload = builder
  .objectRef<{ status: StabiliseStatus; changed: Changed }>('SetStabiliseModePayload')
  .implement({
    description: 'How it stands now.',
    fields: (t) => ({
      status: t.field({
        type: StatusType,
        description: 'Frozen or not, and by whom.',
        resolve: (p) => p.status,
      }),
      request: t.field({
        type: FlagRequestType,
        nullable: true,
        description: 'Where the flag wants a second person for the end: the change that waits for them.',
        resolve: (p) => p.changed.request,
      }),
    }),
  });

const SetInput = builder.inputType('SetStabiliseModeInput', {
  description: 'The switch.',
  fields: (t) => ({
    isOn: t.boolean({ required: true, description: 'true freezes.' }),
    reason: t.string({ description: 'Why; needed to end it. Up to 500 characters.' }),
  }),
});

builder.queryField('stabiliseStatus', (t) =>
  t.field({
    type: StatusType,
    description: 'Whether automatic changes are frozen, and what is held.',
    resolve: (_root, _args, { scope }) => stabiliseStatus(scope),
  }),
);

builder.mutationField('setStabiliseMode', (t) =>
  t.field({
    type: SetPayload,
    description:
      'Freezes scaling, recovery, prices, learning, key rotation and budgets at once, on every instance within 2 s; or ends it, which needs a reason. The platform tenant freezes everybody. Audited, and a critical alert.',
    authScopes: { admin: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: SetInput, required: true, description: 'On or off, and why.' }) },
    resolve: async (_root, { input }, { scope }) => {
      const changed = await setStabiliseMode(scope, input);
      return { changed, status: await stabiliseStatus(scope) };
    },
  }),
);
