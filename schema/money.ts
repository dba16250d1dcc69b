import { formatMoney, type Money } from '../src/kernel/money.ts';
import { builder } from './builder.ts';

/** Every amount of the API. */
export const MoneyType = builder.objectRef<Money>('Money').implement({
  description: 'An exact amount in minor units (cents, paise) of one ISO 4217 currency. Never a float.',
  fields: (t) => ({
    amountMinor: t.field({
      type: 'BigInt',
      description: 'Minor units: "500000" INR is ₹5,000.00.',
      resolve: (money) => money.amountMinor,
    }),
    currency: t.field({
      type: 'Currency',
      description: 'ISO 4217 code.',
      resolve: (money) => money.currency,
    }),
    formatted: t.string({
      description: 'For people, e.g. "€1,234.50".',
      args: {
        locale: t.arg.string({
          defaultValue: 'en',
          description: 'BCP 47 language tag; unknown tags mean English.',
        }),
      },
      resolve: (money, { locale }) => formatMoney(money, locale ?? 'en'),
    }),
  }),
});

/** An amount as a caller gives it. */
export const MoneyInput = builder.inputType('MoneyInput', {
  description: 'An exact amount in minor units (cents, paise) of one ISO 4217 currency.',
  fields: (t) => ({
    amountMinor: t.field({
      type: 'BigInt',
      required: true,
      description: 'Minor units: "3900" USD is $39.00.',
    }),
    currency: t.field({ type: 'Currency', required: true, description: 'ISO 4217 code, e.g. USD.' }),
  }),
});
