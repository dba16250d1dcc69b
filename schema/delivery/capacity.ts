import {
  type CapacityView,
  capacityView,
  type HubCapacity,
  type Slots,
} from '../../src/delivery/capacity/index.ts';
import { pageOf, toConnection } from '../../src/kernel/page.ts';
import { builder } from '../builder.ts';

type Alerted = Slots & { readonly isAlert: boolean };

const SlotsType = builder.interfaceRef<Alerted>('Slots').implement({
  description: 'Places for deliveries in flight: free = capacity − held − confirmed, always.',
  fields: (t) => ({
    capacity: t.exposeInt('capacity', { description: 'Deliveries in flight at most.' }),
    held: t.exposeInt('held', { description: 'Held for customers who are paying; 15 minutes at most.' }),
    confirmed: t.exposeInt('confirmed', { description: 'Taken by paid deliveries until they end.' }),
    free: t.exposeInt('free', { description: 'Left.' }),
    freePct: t.exposeFloat('freePct', {
      nullable: true,
      description: '0–100, share of the capacity that is free; null without capacity.',
    }),
    isAlert: t.exposeBoolean('isAlert', {
      description: 'Whether the alert is on: raised below 20 % free, over again from 25 % on.',
    }),
  }),
});

const HubCapacityType = builder.objectRef<HubCapacity>('HubCapacity').implement({
  description: 'The slots of one hub.',
  interfaces: [SlotsType],
  fields: (t) => ({
    nodeId: t.exposeString('hubId', { description: 'RoutingNode.nodeId.' }),
    region: t.exposeString('region', { description: 'The region it serves.' }),
    isEnabled: t.exposeBoolean('isEnabled', { description: 'Whether it is in service.' }),
  }),
});

const TotalCapacityType = builder.objectRef<Alerted>('TotalCapacity').implement({
  description: 'The slots of all hubs in service.',
  interfaces: [SlotsType],
});

const CapacityType = builder.objectRef<CapacityView>('Capacity').implement({
  description: 'All slots at one instant, counted from the reservations themselves.',
  fields: (t) => ({
    total: t.field({
      type: TotalCapacityType,
      description: 'Sum over the hubs in service.',
      resolve: ({ total }) => total,
    }),
    hubs: t.connection(
      {
        type: HubCapacityType,
        description: 'Each hub by node id, those out of service too.',
        resolve: ({ hubs }, args) => {
          const page = pageOf(args, 1);
          const [edge] = page.cursor ?? [];
          const rows = hubs.filter(
            ({ hubId }) => edge === undefined || (page.isForward ? hubId > edge : hubId < edge),
          );
          if (!page.isForward) rows.reverse();
          return toConnection(rows.slice(0, page.size + 1), page, ({ hubId }) => [hubId]);
        },
      },
      { name: 'HubCapacityConnection', description: 'A page of hubs.' },
      { name: 'HubCapacityEdge', description: 'One hub of a page.' },
    ),
  }),
});

builder.queryField('capacity', (t) =>
  t.field({
    type: CapacityType,
    description: 'How many deliveries the hubs can still take. Exact at any time.',
    resolve: (_root, _args, { scope }) => capacityView(scope.db, scope.tenantId),
  }),
);
