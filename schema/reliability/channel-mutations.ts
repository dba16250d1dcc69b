import { ValidationError } from '../../src/kernel/errors.ts';
import {
  type ChannelKind,
  type ChannelTest,
  type ChannelView,
  createChannel,
  deleteChannel,
  type GivenSettings,
  testChannel,
  updateChannel,
} from '../../src/reliability/channels/index.ts';
import { builder } from '../builder.ts';
import { COMMON_ERRORS } from '../errors.ts';
import { WAITS } from '../waits.ts';
import { ChannelSettingsInput, ReportPaceEnum } from './channel-parts.ts';
import { AlertChannelType } from './channels.ts';

/** The one kind that was given, with its parts. */
function given(settings: object): { kind: ChannelKind; settings: GivenSettings } {
  // The compiled way of reading variables does not count the members of a oneOf.
  const [[kind, parts] = [], ...others] = Object.entries(settings).filter(([, value]) => value != null);
  if (!kind || others.length > 0)
    throw new ValidationError('settings', 'Give the settings of exactly one kind.');
  return { kind: kind.toUpperCase() as ChannelKind, settings: parts as GivenSettings };
}

const CreateInput = builder.inputType('CreateAlertChannelInput', {
  description: 'A new channel.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'For people; 1 to 80 characters.' }),
    settings: t.field({ type: ChannelSettingsInput, required: true, description: 'Its kind and its parts.' }),
    isEnabled: t.boolean({ description: 'Default true.' }),
    getsReports: t.boolean({ description: 'Default true for Notion, else false.' }),
    reportPace: t.field({ type: ReportPaceEnum, description: 'Default DAILY.' }),
    idempotencyKey: t.string({ description: 'Same key, same request within 24 h: the first answer again.' }),
  }),
});

const UpdateInput = builder.inputType('UpdateAlertChannelInput', {
  description: 'Only what is given changes; secrets that are left out stay.',
  fields: (t) => ({
    id: t.globalID({ for: AlertChannelType, required: true, description: 'AlertChannel.id.' }),
    name: t.string({ description: 'For people.' }),
    settings: t.field({ type: ChannelSettingsInput, description: 'Parts of the channel’s own kind.' }),
    isEnabled: t.boolean({ description: 'False: messages to it are SKIPPED_NOT_CONFIGURED.' }),
    getsReports: t.boolean({ description: 'Whether reports go there.' }),
    reportPace: t.field({ type: ReportPaceEnum, description: 'Which ones.' }),
    expectedVersion: t.int({ description: 'The version you read; a mismatch is a VersionConflict.' }),
  }),
});

const ChannelPayload = builder.objectRef<{ channel: ChannelView }>('AlertChannelPayload').implement({
  description: 'The channel as it is now.',
  fields: (t) => ({
    channel: t.field({ type: AlertChannelType, description: 'Without secrets.', resolve: (p) => p.channel }),
  }),
});

builder.mutationField('createAlertChannel', (t) =>
  t.field({
    type: ChannelPayload,
    description: 'Adds a channel; audited without secrets. Try it with testChannel.',
    authScopes: { admin: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: CreateInput, required: true, description: 'The channel.' }) },
    resolve: async (_root, { input }, { scope }) => ({
      channel: await createChannel(scope, { ...input, ...given(input.settings) }),
    }),
  }),
);

builder.mutationField('updateAlertChannel', (t) =>
  t.field({
    type: ChannelPayload,
    description:
      'Changes a channel; of the environment’s only isEnabled, getsReports and reportPace, for this tenant. Audited.',
    authScopes: { admin: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: UpdateInput, required: true, description: 'What changes.' }) },
    resolve: async (_root, { input }, { scope }) => {
      const { id, settings, ...patch } = input;
      const parts = settings ? given(settings) : {};
      return { channel: await updateChannel(scope, { ...patch, ...parts, id: id.id }) };
    },
  }),
);

const DeleteInput = builder.inputType('DeleteAlertChannelInput', {
  description: 'Which channel.',
  fields: (t) => ({
    id: t.globalID({ for: AlertChannelType, required: true, description: 'AlertChannel.id.' }),
    expectedVersion: t.int({ description: 'The version you read; a mismatch is a VersionConflict.' }),
  }),
});

const DeletePayload = builder.objectRef<{ id: string }>('DeleteAlertChannelPayload').implement({
  description: 'It is gone.',
  fields: (t) => ({ deletedKey: t.exposeString('id', { description: 'Its plain id.' }) }),
});

builder.mutationField('deleteAlertChannel', (t) =>
  t.field({
    type: DeletePayload,
    description: 'Removes a channel with its secrets; messages that wait for it end as FAILED. Audited.',
    authScopes: { admin: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: DeleteInput, required: true, description: 'Which channel.' }) },
    resolve: (_root, { input }, { scope }) =>
      deleteChannel(scope, { id: input.id.id, expectedVersion: input.expectedVersion }),
  }),
);

const TestStatusEnum = builder.enumType('ChannelTestStatus', {
  description: 'What became of a test message.',
  values: {
    SENT: { description: 'The other side has taken it.' },
    QUEUED: { description: 'The first attempt failed; it will be tried again.' },
    FAILED: { description: 'A definite no.' },
    DEAD: { description: 'Given up.' },
    SKIPPED_NOT_CONFIGURED: { description: 'The channel lacks a part, or is disabled.' },
  } satisfies Record<Exclude<ChannelTest['status'], 'SUPPRESSED'>, { description: string }>,
});

const TestInput = builder.inputType('TestChannelInput', {
  description: 'Which channel.',
  fields: (t) => ({
    id: t.globalID({ for: AlertChannelType, required: true, description: 'AlertChannel.id.' }),
  }),
});

const TestPayload = builder.objectRef<ChannelTest>('TestChannelPayload').implement({
  description: 'What became of the test message.',
  fields: (t) => ({
    notificationKey: t.exposeString('notificationId', { description: 'Plain id of the notification.' }),
    status: t.field({
      type: TestStatusEnum,
      description: 'After the first attempt.',
      resolve: (p) => (p.status === 'SUPPRESSED' ? 'FAILED' : p.status),
    }),
    reason: t.exposeString('reason', { nullable: true, description: 'Machine code; null when it arrived.' }),
    latencyMs: t.exposeInt('latencyMs', { description: 'Milliseconds until the other side had answered.' }),
  }),
});

builder.mutationField('testChannel', (t) =>
  t.field({
    type: TestPayload,
    description:
      'Sends a test message now, past queue and breaker (a success closes it), and waits for the answer: up to 10 s. RATE_LIMITED within 5 s of the last one.',
    extensions: WAITS,
    authScopes: { admin: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: TestInput, required: true, description: 'Which channel.' }) },
    resolve: (_root, { input }, { scope }) => testChannel(scope, { id: input.id.id }),
  }),
);
