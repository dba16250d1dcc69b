import {
  listContacts,
  recordWhatsappOptIn,
  recordWhatsappOptOut,
  type WhatsappContact,
  whatsappWebhookUrl,
} from '../../src/reliability/channels/index.ts';
import { builder } from '../builder.ts';
import { COMMON_ERRORS } from '../errors.ts';

const ContactType = builder.objectRef<WhatsappContact>('WhatsappContact').implement({
  description: 'Who may be written to on WhatsApp, and when they last wrote.',
  fields: (t) => ({
    phone: t.exposeString('phone', { description: 'Digits with country code.' }),
    optedInAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When they agreed; null: nothing is sent.',
      resolve: (c) => c.optedInAt,
    }),
    optInSource: t.exposeString('optInSource', { nullable: true, description: 'Where they agreed.' }),
    lastInboundAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Their last message: free text is allowed for 24 h, afterwards templates only.',
      resolve: (c) => c.lastInboundAt,
    }),
    blockedUntil: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'WhatsApp’s limit of messages to them is reached (131049): nothing is sent before.',
      resolve: (c) => c.blockedUntil,
    }),
  }),
});

builder.queryField('whatsappContacts', (t) =>
  t.field({
    type: [ContactType],
    description: 'Contacts by number.',
    authScopes: { admin: true },
    complexity: ({ first }) => ({ field: 1, multiplier: first ?? 100 }),
    args: {
      first: t.arg.int({ defaultValue: 100, description: '1 to 500.' }),
      after: t.arg.string({ description: 'Numbers after this one.' }),
    },
    resolve: (_root, { first, after }, { scope }) => listContacts(scope, { first: first ?? 100, after }),
  }),
);

builder.queryField('whatsappWebhookUrl', (t) =>
  t.string({
    description: 'Where Meta has to send this tenant’s webhooks (field: messages).',
    resolve: (_root, _args, { scope }) => whatsappWebhookUrl(scope),
  }),
);

const ContactPayload = builder.objectRef<{ contact: WhatsappContact }>('WhatsappContactPayload').implement({
  description: 'The contact as it is now.',
  fields: (t) => ({
    contact: t.field({ type: ContactType, description: 'The contact.', resolve: (p) => p.contact }),
  }),
});

const OptInInput = builder.inputType('RecordWhatsappOptInInput', {
  description: 'Who agreed, and where.',
  fields: (t) => ({
    phone: t.string({ required: true, description: 'With country code.' }),
    source: t.string({
      required: true,
      description: 'Where they agreed, e.g. "signup form"; 1 to 200 characters.',
    }),
  }),
});

const OptOutInput = builder.inputType('RecordWhatsappOptOutInput', {
  description: 'Who no longer wants to be written to.',
  fields: (t) => ({
    phone: t.string({ required: true, description: 'With country code.' }),
    reason: t.string({ description: 'For the audit trail.' }),
  }),
});

builder.mutationField('recordWhatsappOptIn', (t) =>
  t.field({
    type: ContactPayload,
    description:
      'Records that somebody agreed to be written to; agreeing again keeps the first record. Audited.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: OptInInput, required: true, description: 'Who and where.' }) },
    resolve: async (_root, { input }, { scope }) => ({ contact: await recordWhatsappOptIn(scope, input) }),
  }),
);

builder.mutationField('recordWhatsappOptOut', (t) =>
  t.field({
    type: ContactPayload,
    description:
      'Records that somebody no longer wants to be written to: from now on nothing is sent. Audited.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: OptOutInput, required: true, description: 'Who.' }) },
    resolve: async (_root, { input }, { scope }) => ({ contact: await recordWhatsappOptOut(scope, input) }),
  }),
);
