import type { FlagChange, FlagPatch, NewRule } from '../../src/control/flags/index.ts';
import type { Json } from '../../src/kernel/canonical.ts';
import { ValidationError } from '../../src/kernel/errors.ts';
import { builder } from '../builder.ts';
import { FlagOperatorEnum, FlagTypeEnum } from './flag-enums.ts';
import { FlagRequestType } from './flag-requests.ts';

const ConditionInput = builder.inputType('FlagConditionInput', {
  description: 'One comparison.',
  fields: (t) => ({
    attribute: t.string({ required: true, description: 'Of the context.' }),
    operator: t.field({ type: FlagOperatorEnum, required: true, description: 'How it is compared.' }),
    values: t.field({ type: ['JSON'], required: true, description: '1 to 1000, of the operator’s type.' }),
  }),
});

const RuleInput = builder.inputType('FlagRuleInput', {
  description: 'One rule.',
  fields: (t) => ({
    id: t.string({ description: 'Name, unique in the flag; default by its place, e.g. rule-1.' }),
    conditions: t.field({ type: [ConditionInput], description: 'All must hold; default none: everybody.' }),
    percentage: t.float({ description: '0–100 in steps of 0.01; default all.' }),
    stickiness: t.string({ description: 'The attribute whose bearers are counted; default targetingKey.' }),
    value: t.field({ type: 'JSON', description: 'What they get; needed.' }),
  }),
});

const PatchInput = builder.inputType('FlagPatch', {
  description: 'What is left out stays.',
  fields: (t) => ({
    description: t.string({ description: 'What it is for, up to 500 characters.' }),
    defaultValue: t.field({ type: 'JSON', description: 'Served where nothing else decides.' }),
    isEnabled: t.boolean({ description: 'False: the default is served to everybody.' }),
    rules: t.field({ type: [RuleInput], description: 'All of them anew, in order; at most 50.' }),
    needsApproval: t.boolean({ description: 'Whether changes wait for a second person.' }),
    needReason: t.field({ type: ['JSON'], description: 'Values that need a reason to be served.' }),
    owner: t.string({ description: 'Whom to ask about it; null for nobody.' }),
    expiresAt: t.field({ type: 'DateTime', description: 'When it should be gone; null for never.' }),
  }),
});

type PatchShape = typeof PatchInput.$inferInput;

/** The patch as the domain takes it. */
export const patchOf = ({ rules, expiresAt, needReason, defaultValue, ...rest }: PatchShape): FlagPatch => ({
  ...rest,
  ...(defaultValue !== undefined && { defaultValue: defaultValue as Json }),
  ...(needReason != null && { needReason: needReason as Json[] }),
  ...(expiresAt !== undefined && { expiresAt: expiresAt?.toISOString() ?? null }),
  ...(rules != null && {
    rules: rules.map((rule) => ({ ...rule, conditions: rule.conditions ?? [] })) as NewRule[],
  }),
});

const ChangeInput = builder.inputType('FlagChange', {
  description: 'One kind of change.',
  isOneOf: true,
  fields: (t) => ({
    set: t.field({ type: 'JSON', description: 'The value, as with setFlag.' }),
    update: t.field({ type: PatchInput, description: 'As with updateFlag.' }),
    kill: t.boolean({ description: 'true: as with killFlag; false: as with reviveFlag.' }),
    removeOverride: t.boolean({ description: 'true: as with removeFlagOverride.' }),
  }),
});

/** The change as the domain takes it. */
export function changeOf(given: typeof ChangeInput.$inferInput): FlagChange {
  const { set, update, kill, removeOverride: remove } = given;
  // The compiled way of reading variables does not count the members of a oneOf.
  if (Object.values(given).filter((each) => each !== undefined).length !== 1)
    throw new ValidationError('change', 'Give one kind of change, and one only.');
  if (update) return { kind: 'UPDATE', patch: patchOf(update) };
  if (kill != null) return { kind: kill ? 'KILL' : 'REVIVE' };
  if (remove === true) return { kind: 'REMOVE_OVERRIDE' };
  if (set !== undefined) return { kind: 'SET', value: set as Json };
  throw new ValidationError('change', 'Give one kind of change.');
}

export const CreateFlagInput = builder.inputType('CreateFlagInput', {
  description: 'A new flag.',
  fields: (t) => ({
    key: t.string({ required: true, description: '2 to 64 of A–Z, 0–9 and "_".' }),
    type: t.field({ type: FlagTypeEnum, required: true, description: 'Cannot be changed later.' }),
    defaultValue: t.field({
      type: 'JSON',
      description: 'Served where nothing else decides; needed, null only for a JSON flag.',
    }),
    options: t.field({ type: PatchInput, description: 'Everything else; defaultValue does not count here.' }),
  }),
});

const reasonArg = { description: 'Why; needed where a value is protected. Up to 500 characters.' };
const versionArg = {
  description:
    'The version you have seen: Flag.version, or for a flag of the installation FlagOverride.version (0: none).',
};

export const SetFlagInput = builder.inputType('SetFlagInput', {
  description: 'A key and a value, as in the seed documents.',
  fields: (t) => ({
    key: t.string({ required: true, description: 'Which flag.' }),
    value: t.field({
      type: 'JSON',
      description: 'Needed, null only for a JSON flag. Text such as "true" is read as the flag’s type.',
    }),
    reason: t.string(reasonArg),
    expectedVersion: t.int(versionArg),
  }),
});

export const UpdateFlagInput = builder.inputType('UpdateFlagInput', {
  description: 'A change of a flag of one’s own.',
  fields: (t) => ({
    key: t.string({ required: true, description: 'Which flag.' }),
    patch: t.field({ type: PatchInput, required: true, description: 'What changes.' }),
    reason: t.string(reasonArg),
    expectedVersion: t.int(versionArg),
  }),
});

export const FlagTargetInput = builder.inputType('FlagTarget', {
  description: 'Which flag.',
  fields: (t) => ({
    key: t.string({ required: true, description: 'Its key.' }),
    reason: t.string(reasonArg),
    expectedVersion: t.int(versionArg),
  }),
});

export const ScheduleFlagInput = builder.inputType('ScheduleFlagChangeInput', {
  description: 'A change that shall happen later.',
  fields: (t) => ({
    key: t.string({ required: true, description: 'Which flag.' }),
    at: t.field({ type: 'DateTime', required: true, description: 'When; at most 366 days from now.' }),
    change: t.field({ type: ChangeInput, required: true, description: 'What shall change.' }),
    reason: t.string(reasonArg),
  }),
});

export const WaitingChangeInput = builder.inputType('FlagChangeRequestInput', {
  description: 'A change that waits.',
  fields: (t) => ({
    id: t.globalID({ for: FlagRequestType, required: true, description: 'FlagChangeRequest.id.' }),
  }),
});

export const RejectChangeInput = builder.inputType('RejectFlagChangeInput', {
  description: 'A no.',
  fields: (t) => ({
    id: t.globalID({ for: FlagRequestType, required: true, description: 'FlagChangeRequest.id.' }),
    note: t.string({ description: 'Why, for its author.' }),
  }),
});
