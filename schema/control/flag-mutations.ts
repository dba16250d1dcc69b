import {
  approveFlagChange,
  type Changed,
  cancelFlagChange,
  createFlag,
  deleteFlag,
  type FlagRequest,
  killFlag,
  rejectFlagChange,
  removeOverride,
  reviveFlag,
  scheduleFlagChange,
  setFlag,
  updateFlag,
} from '../../src/control/flags/index.ts';
import type { Json } from '../../src/kernel/canonical.ts';
import { builder } from '../builder.ts';
import { COMMON_ERRORS } from '../errors.ts';
import { FlagObject } from './flag.ts';
import {
  CreateFlagInput,
  changeOf,
  FlagTargetInput,
  patchOf,
  RejectChangeInput,
  ScheduleFlagInput,
  SetFlagInput,
  UpdateFlagInput,
  WaitingChangeInput,
} from './flag-inputs.ts';
import { FlagRequestType } from './flag-requests.ts';

const ChangePayload = builder.objectRef<Changed>('ChangeFlagPayload').implement({
  description:
    'How a change ended: it is done, or `request` waits for a second person and nothing changed yet.',
  fields: (t) => ({
    flag: t.field({
      type: FlagObject,
      nullable: true,
      description: 'As it is now; null when it was deleted.',
      resolve: (changed) => changed.flag,
    }),
    request: t.field({
      type: FlagRequestType,
      nullable: true,
      description: 'The change that waits, or that was decided; null when it was carried out at once.',
      resolve: (changed) => changed.request,
    }),
  }),
});

const RequestPayload = builder.objectRef<{ request: FlagRequest }>('FlagChangeRequestPayload').implement({
  description: 'The change that waits, or does not any more.',
  fields: (t) => ({
    request: t.field({ type: FlagRequestType, description: 'How it stands.', resolve: (p) => p.request }),
  }),
});

const admin = { authScopes: { admin: true }, errors: { types: [...COMMON_ERRORS] } };

builder.mutationFields((t) => ({
  createFlag: t.field({
    ...admin,
    type: ChangePayload,
    description: 'Makes a flag of the tenant’s own; the platform tenant makes one for everybody. Audited.',
    args: { input: t.arg({ type: CreateFlagInput, required: true, description: 'The new flag.' }) },
    resolve: async (_root, { input }, { scope }) => {
      const { defaultValue: _, ...patch } = patchOf(input.options ?? {});
      const { key, type } = input;
      const flag = await createFlag(scope, { ...patch, key, type, defaultValue: input.defaultValue as Json });
      return { flag, request: null };
    },
  }),
  setFlag: t.field({
    ...admin,
    type: ChangePayload,
    description:
      'Sets a value: the tenant’s own for a flag of the installation, the default of a flag of its own; the platform tenant sets everybody’s default. Audited.',
    args: { input: t.arg({ type: SetFlagInput, required: true, description: 'Key and value.' }) },
    resolve: (_root, { input }, { scope }) => setFlag(scope, { ...input, value: input.value as Json }),
  }),
  updateFlag: t.field({
    ...admin,
    type: ChangePayload,
    description: 'Changes rules, default and the rest of a flag of one’s own. Audited.',
    args: { input: t.arg({ type: UpdateFlagInput, required: true, description: 'Which flag and what.' }) },
    resolve: (_root, { input }, { scope }) => updateFlag(scope, { ...input, patch: patchOf(input.patch) }),
  }),
  removeFlagOverride: t.field({
    ...admin,
    type: ChangePayload,
    description: 'Takes the tenant’s own value away; the installation’s counts again. Audited.',
    args: { input: t.arg({ type: FlagTargetInput, required: true, description: 'Which flag.' }) },
    resolve: (_root, { input }, { scope }) => removeOverride(scope, input),
  }),
  killFlag: t.field({
    ...admin,
    type: ChangePayload,
    description: 'Off for everybody at once, whatever rules say; never waits for a second person. Audited.',
    args: {
      input: t.arg({ type: FlagTargetInput, required: true, description: 'Which flag of one’s own.' }),
    },
    resolve: (_root, { input }, { scope }) => killFlag(scope, input),
  }),
  reviveFlag: t.field({
    ...admin,
    type: ChangePayload,
    description: 'Ends a kill: rules and default count again. Audited.',
    args: {
      input: t.arg({ type: FlagTargetInput, required: true, description: 'Which flag of one’s own.' }),
    },
    resolve: (_root, { input }, { scope }) => reviveFlag(scope, input),
  }),
  deleteFlag: t.field({
    ...admin,
    type: ChangePayload,
    description: 'Deletes a flag of one’s own; flags of the product stay. Audited.',
    args: {
      input: t.arg({ type: FlagTargetInput, required: true, description: 'Which flag of one’s own.' }),
    },
    resolve: (_root, { input }, { scope }) => deleteFlag(scope, input),
  }),
  scheduleFlagChange: t.field({
    ...admin,
    type: RequestPayload,
    description: 'Lets a change happen at an instant, exactly once. Audited.',
    args: { input: t.arg({ type: ScheduleFlagInput, required: true, description: 'What and when.' }) },
    resolve: async (_root, { input }, { scope }) => ({
      request: await scheduleFlagChange(scope, { ...input, change: changeOf(input.change) }),
    }),
  }),
  cancelFlagChange: t.field({
    ...admin,
    type: RequestPayload,
    description: 'Takes a change back that has not happened yet. Audited.',
    args: { input: t.arg({ type: WaitingChangeInput, required: true, description: 'Which one.' }) },
    resolve: async (_root, { input }, { scope }) => ({ request: await cancelFlagChange(scope, input.id.id) }),
  }),
  approveFlagChange: t.field({
    ...admin,
    type: ChangePayload,
    description:
      'Agrees to a change that another person asked for; a key that its author has issued, rotated or claimed is FORBIDDEN. EXPIRED when the flag has changed since. Audited.',
    args: { input: t.arg({ type: WaitingChangeInput, required: true, description: 'Which one.' }) },
    resolve: (_root, { input }, { scope }) => approveFlagChange(scope, input.id.id),
  }),
  rejectFlagChange: t.field({
    ...admin,
    type: RequestPayload,
    description: 'Says no to a change that waits. Audited.',
    args: { input: t.arg({ type: RejectChangeInput, required: true, description: 'Which and why.' }) },
    resolve: async (_root, { input }, { scope }) => ({
      request: await rejectFlagChange(scope, input.id.id, input.note ?? null),
    }),
  }),
}));
