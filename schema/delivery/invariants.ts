import { checkInvariants, type Invariant } from '../../src/delivery/invariants/index.ts';
import { builder } from '../builder.ts';

const DeliveryInvariantType = builder.objectRef<Invariant>('DeliveryInvariant').implement({
  description:
    'Something that is true of money, capacity, offers and drones at every instant, and whether it is.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Stable name, e.g. NO_CAPTURE_WITHOUT_DISPATCH.' }),
    description: t.exposeString('description', {
      description: 'What must hold, and whose ids a violation names.',
    }),
    holds: t.exposeBoolean('holds', { description: 'False is a bug or a hand in the database.' }),
    violations: t.stringList({
      description: 'Plain ids of what breaks it, at most 20.',
      resolve: ({ violations }) => [...violations],
    }),
  }),
});

builder.queryField('deliveryInvariants', (t) =>
  t.field({
    type: [DeliveryInvariantType],
    description:
      'Whether money, capacity, offers, deliveries and drones agree with each other, at one instant.',
    resolve: (_root, _args, { scope }) => checkInvariants(scope.db, scope.tenantId),
  }),
);
