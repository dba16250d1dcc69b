import type {
  DeliveryLeg,
  DeliveryPriority,
  DeliveryProof,
  DeliveryStatus,
} from '../../src/delivery/dispatch/index.ts';
import { builder } from '../builder.ts';
import { LegKindEnum } from './route-preview.ts';

export const DeliveryStatusEnum = builder.enumType('DeliveryStatus', {
  description: 'How far a delivery has got.',
  values: {
    PENDING: { description: 'Waits for its first carrier or drone, or for a route; see reason.' },
    ASSIGNED: { description: 'A drone is on its way to the package.' },
    PICKED_UP: { description: 'The package was taken over; its money is being captured.' },
    IN_TRANSIT: { description: 'On its way, or waiting at a hub for the next leg.' },
    DELIVERED: { description: 'It has arrived; see proof.' },
    FAILED: { description: 'It did not arrive; the customer’s money goes back.' },
    CANCELLED: { description: 'Called off; the customer’s money goes back.' },
  } satisfies Record<DeliveryStatus, { description: string }>,
});

export const DeliveryPriorityEnum = builder.enumType('DeliveryPriority', {
  description: 'How urgent a delivery is when drones are assigned.',
  values: {
    STANDARD: { description: 'Tiers FREE and BASIC.' },
    EXPRESS: { description: 'Tier PRO.' },
    PREMIUM: { description: 'Tier ENTERPRISE.' },
    VIP_RARE: { description: 'Tier ELITE.' },
  } satisfies Record<DeliveryPriority, { description: string }>,
});

const LegStateEnum = builder.enumType('DeliveryLegState', {
  description: 'How far a leg has got.',
  values: {
    PENDING: { description: 'Not begun.' },
    ACTIVE: { description: 'Under way, or a drone is coming for it.' },
    DONE: { description: 'The package is at its end.' },
    FAILED: { description: 'Given up; the legs after it go another way.' },
  } satisfies Record<DeliveryLeg['state'], { description: string }>,
});

const dateOf = (text: string | null): Date | null => (text === null ? null : new Date(text));

export const DeliveryLegType = builder.objectRef<DeliveryLeg>('DeliveryLeg').implement({
  description: 'One stretch of a delivery.',
  fields: (t) => ({
    kind: t.field({ type: LegKindEnum, description: 'How it is travelled.', resolve: (leg) => leg.kind }),
    from: t.exposeString('from', { description: 'A node or launch site id, or "pickup".' }),
    to: t.exposeString('to', { description: 'A node or launch site id, or "delivery".' }),
    distanceKm: t.exposeFloat('distanceKm', { description: 'Great circle.' }),
    durationMin: t.exposeFloat('minutes', { description: 'As planned.' }),
    state: t.field({ type: LegStateEnum, description: 'How far it has got.', resolve: (leg) => leg.state }),
    waitingSince: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Since when it is the leg under way.',
      resolve: (leg) => dateOf(leg.waitingSince),
    }),
    startedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the package was taken over.',
      resolve: (leg) => dateOf(leg.startedAt),
    }),
    endedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it ended.',
      resolve: (leg) => dateOf(leg.endedAt),
    }),
    launchSiteId: t.exposeString('siteId', { nullable: true, description: 'Of a DRONE leg.' }),
    droneId: t.exposeString('droneId', {
      nullable: true,
      description: 'Plain id of the drone that flies it.',
    }),
    isReported: t.exposeBoolean('isReported', {
      description: 'Reported by recordLeg, not carried by the built-in carrier.',
    }),
  }),
});

export const ProofType = builder.objectRef<DeliveryProof>('DeliveryProof').implement({
  description: 'That a package arrived.',
  fields: (t) => ({
    at: t.field({ type: 'DateTime', description: 'When it was put down.', resolve: (p) => new Date(p.at) }),
    lat: t.field({ type: 'Latitude', description: 'Degrees north.', resolve: (p) => p.lat }),
    lon: t.field({ type: 'Longitude', description: 'Degrees east.', resolve: (p) => p.lon }),
    droneId: t.exposeString('droneId', {
      nullable: true,
      description: 'Plain id of the drone that brought it.',
    }),
    note: t.exposeString('note', { nullable: true, description: 'What the courier said.' }),
  }),
});
