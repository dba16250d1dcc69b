import { configurePayments, type PaymentAccount, paymentAccount } from '../../src/delivery/charges/index.ts';
import { builder } from '../builder.ts';
import { COMMON_ERRORS } from '../errors.ts';

export const PaymentProviderEnum = builder.enumType('PaymentProvider', {
  description: 'Who handles payments.',
  values: {
    TEST: {
      description:
        'Built in and deterministic: no money moves; amounts ending in …01 minor units are declined.',
    },
    STRIPE: { description: 'Hosted Checkout with manual capture.' },
    RAZORPAY: {
      description:
        'Orders with manual capture. There is no void: what is not captured goes back by itself within 24 h.',
    },
  },
});

const PaymentAccountType = builder.objectRef<PaymentAccount>('PaymentAccount').implement({
  description: 'How the tenant’s customers pay. Secrets are sealed and never shown again.',
  fields: (t) => ({
    provider: t.field({
      type: PaymentProviderEnum,
      description: 'Default TEST.',
      resolve: (a) => a.provider,
    }),
    keyId: t.exposeString('keyId', {
      nullable: true,
      description: 'Razorpay’s key id, or the last four characters of Stripe’s key.',
    }),
    hasSecret: t.exposeBoolean('hasSecret', { description: 'Whether a secret key is kept.' }),
    hasWebhookSecret: t.exposeBoolean('hasWebhookSecret', {
      description: 'Whether webhooks can be verified; without it none is taken.',
    }),
    webhookUrl: t.exposeString('webhookUrl', {
      nullable: true,
      description: 'Where the provider has to send its webhooks; null for TEST.',
    }),
    version: t.exposeInt('version', { description: 'For expectedVersion; 0 while nothing was configured.' }),
  }),
});

const ConfigurePaymentsInput = builder.inputType('ConfigurePaymentsInput', {
  description: 'Only what is given changes; with another provider all keys are new.',
  fields: (t) => ({
    provider: t.field({ type: PaymentProviderEnum, required: true, description: 'Who handles payments.' }),
    keyId: t.string({ description: 'Razorpay’s key id (rzp_live_… or rzp_test_…).' }),
    secret: t.string({ description: 'Stripe’s secret or restricted key, or Razorpay’s key secret.' }),
    webhookSecret: t.string({ description: 'What the provider signs webhooks with.' }),
    expectedVersion: t.int({ description: 'The version you read; a mismatch is a VersionConflict.' }),
  }),
});

const ConfigurePaymentsPayload = builder
  .objectRef<{ account: PaymentAccount }>('ConfigurePaymentsPayload')
  .implement({
    description: 'The account as it is now.',
    fields: (t) => ({
      account: t.field({
        type: PaymentAccountType,
        description: 'Without its secrets.',
        resolve: (p) => p.account,
      }),
    }),
  });

builder.queryField('paymentAccount', (t) =>
  t.field({
    type: PaymentAccountType,
    description: 'How the tenant’s customers pay.',
    resolve: (_root, _args, { scope }) => paymentAccount(scope),
  }),
);

builder.mutationField('configurePayments', (t) =>
  t.field({
    type: ConfigurePaymentsPayload,
    description:
      'Chooses the payment provider and its keys; audited without secrets. Refused while charges are under way at the old provider.',
    authScopes: { admin: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: ConfigurePaymentsInput, required: true, description: 'What changes.' }) },
    resolve: async (_root, { input }, { scope }) => ({ account: await configurePayments(scope, input) }),
  }),
);
