import { type EventType, streamEvents } from '../../src/engine/index.ts';
import { builder } from '../builder.ts';
import { EngineEventInterface } from '../engine/event.ts';

/** What somebody who follows packages wants to hear. */
const DELIVERY_EVENTS: readonly EventType[] = [
  'ACTION_PROPOSED',
  'ACTION_ACCEPTED',
  'ACTION_DECLINED',
  'ACTION_EXPIRED',
  'ACTION_CANCELLED',
  'ACTION_EXECUTED',
  'ACTION_COMPLETED',
  'PAYMENT_CHANGED',
  'DELIVERY_CHANGED',
  'DRONE_CHANGED',
  'FLEET_ALERT',
  'CAPACITY_ALERT',
  'HUB_CHANGED',
];

builder.subscriptionField('deliveryEvents', (t) =>
  t.field({
    type: EngineEventInterface,
    description:
      'engineEvents of offers, payments, deliveries, drones, hubs and their alerts: first what was committed behind `after`, then live, without gap or repeat.',
    authScopes: { viewer: true },
    args: {
      after: t.arg({
        type: 'Seq',
        description: 'Last seq you have seen; "0" for everything kept; omit for from now on.',
      }),
    },
    subscribe: (_root, { after }, { scope, feeds }) =>
      streamEvents(feeds, scope, { after: after ?? null, types: DELIVERY_EVENTS }),
    resolve: (event) => event,
  }),
);
