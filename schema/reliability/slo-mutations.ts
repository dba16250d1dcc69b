import { deleteObjective, type Objective, setObjective } from '../../src/reliability/slo/index.ts';
import { builder } from '../builder.ts';
import { COMMON_ERRORS } from '../errors.ts';
import { SloType } from './slo.ts';
import { GoodWhenEnum, SliIndicatorEnum } from './slo-enums.ts';

const SetSloInput = builder.inputType('SetSloInput', {
  description: 'An objective on an ingested metric. Absent: as it is, or the default of a new one.',
  fields: (t) => ({
    id: t.globalID({
      for: SloType,
      description: 'Absent: a new one. Of a built-in one only target and isEnabled change.',
    }),
    name: t.string({ description: '1–100 characters.' }),
    indicator: t.field({ type: SliIndicatorEnum, description: 'Default LATENCY.' }),
    metric: t.string({ description: 'Name of the ingested metric.' }),
    labels: t.field({
      type: 'JSON',
      description: 'A sample counts when it has all of these. Default: every sample.',
    }),
    threshold: t.float({ description: 'What parts good samples from bad ones; milliseconds for LATENCY.' }),
    goodWhen: t.field({ type: GoodWhenEnum, description: 'Default BELOW.' }),
    target: t.float({ description: 'Share of samples that must be good, 0.5–0.99999. Default 0.99.' }),
    isEnabled: t.boolean({ description: 'Whether the watchdog looks at it. Default true.' }),
    expectedVersion: t.int({ description: 'Refuse when somebody changed it since.' }),
  }),
});

const SetSloPayload = builder.objectRef<{ slo: Objective }>('SetSloPayload').implement({
  description: 'The objective as it is now.',
  fields: (t) => ({ slo: t.field({ type: SloType, description: 'As it is now.', resolve: (p) => p.slo }) }),
});

builder.mutationField('setSlo', (t) =>
  t.field({
    type: SetSloPayload,
    description:
      'Makes an objective on an ingested metric, or changes one; at most 100 of a tenant’s own. Audited.',
    authScopes: { admin: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: SetSloInput, required: true, description: 'What it shall be.' }) },
    resolve: async (_root, { input: { id, labels, ...rest } }, { scope }) => ({
      slo: await setObjective(scope, {
        ...rest,
        id: id?.id,
        labels: labels as Record<string, unknown> | undefined,
      }),
    }),
  }),
);

const DeleteSloInput = builder.inputType('DeleteSloInput', {
  description: 'Which objective.',
  fields: (t) => ({ id: t.globalID({ for: SloType, required: true, description: 'Slo.id.' }) }),
});

const DeleteSloPayload = builder.objectRef<{ deletedId: string }>('DeleteSloPayload').implement({
  description: 'What is gone.',
  fields: (t) => ({ deletedId: t.exposeID('deletedId', { description: 'Plain id of the objective.' }) }),
});

builder.mutationField('deleteSlo', (t) =>
  t.field({
    type: DeleteSloPayload,
    description: 'Deletes an own objective with its history; a built-in one can only be disabled. Audited.',
    authScopes: { admin: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: DeleteSloInput, required: true, description: 'Which one.' }) },
    resolve: async (_root, { input }, { scope }) => ({
      deletedId: await deleteObjective(scope, input.id.id),
    }),
  }),
);
