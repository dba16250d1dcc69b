import { ITEM_KINDS, type ItemKind, type OrderItem } from '../../src/commerce/ingest/index.ts';
import { builder } from '../builder.ts';
import { MoneyType } from '../money.ts';

const OrderItemKindEnum = builder.enumType('OrderItemKind', {
  description: 'What a line is for.',
  values: {
    PRODUCT: { description: 'Goods.' },
    FEE: { description: 'Postage, commission, vouchers.' },
    ADJUSTMENT: { description: 'A discount or correction.' },
  } satisfies Record<ItemKind, { description: string }>,
});

/** A line with the currency of what it belongs to. */
type Line = OrderItem & { currency: string };

/** The lines of an order or cart. */
export const withCurrency = ({ items, currency }: { items: OrderItem[]; currency: string }): Line[] =>
  items.map((item) => ({ ...item, currency }));

export const OrderItemType = builder.objectRef<Line>('OrderItem').implement({
  description: 'One line of an order or cart.',
  fields: (t) => ({
    sku: t.string({ nullable: true, description: 'Stock code.', resolve: (line) => line.sku ?? null }),
    name: t.exposeString('name', { description: 'What it is called.' }),
    category: t.string({ nullable: true, description: 'As sent.', resolve: (line) => line.category ?? null }),
    kind: t.field({ type: OrderItemKindEnum, description: 'What it is for.', resolve: (line) => line.kind }),
    quantity: t.exposeInt('quantity', { description: 'Units, never 0; negative where goods come back.' }),
    unitPrice: t.field({
      type: MoneyType,
      description: 'Of one unit.',
      resolve: ({ unitPriceMinor, currency }) => ({ amountMinor: BigInt(unitPriceMinor), currency }),
    }),
    lineTotal: t.field({
      type: MoneyType,
      description: 'quantity × unitPrice.',
      resolve: ({ quantity, unitPriceMinor, currency }) => ({
        amountMinor: BigInt(quantity) * BigInt(unitPriceMinor),
        currency,
      }),
    }),
  }),
});

export const ImportLineInput = builder.inputType('ImportLine', {
  description: 'One line of an order or cart.',
  fields: (t) => ({
    sku: t.string({ description: 'Stock code, up to 200 characters.' }),
    name: t.string({ description: '1–500 characters; must be there.' }),
    category: t.string({ description: 'Up to 200 characters; makes packages more complex.' }),
    quantity: t.field({ type: 'LooseNumber', description: 'Whole, not 0; negative where goods come back.' }),
    unitPriceMinor: t.field({
      type: 'LooseNumber',
      description: 'Minor units; this or unitPrice must be there.',
    }),
    unitPrice: t.field({ type: 'LooseNumber', description: 'The same as a decimal, e.g. "12.50".' }),
    kind: t.string({ description: `${ITEM_KINDS.join(', ')}; default PRODUCT.` }),
  }),
});
