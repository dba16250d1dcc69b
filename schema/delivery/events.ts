import { eventType, instant, money, shared } from '../engine/event.ts';
import { MoneyType } from '../money.ts';

for (const type of [
  'ACTION_PROPOSED',
  'ACTION_EXPIRED',
  'ACTION_CANCELLED',
  'ACTION_ACCEPTED',
  'ACTION_DECLINED',
  'ACTION_EXECUTED',
  'ACTION_COMPLETED',
] as const) {
  eventType(type).implement({
    ...shared(type),
    fields: (t) => ({
      offerId: t.id({ description: 'Plain id of the offer.', resolve: (e) => e.payload.offerId }),
      opportunityId: t.id({
        description: 'Plain id of its opportunity.',
        resolve: (e) => e.payload.opportunityId,
      }),
      bundleName: t.string({ description: 'What is offered.', resolve: (e) => e.payload.bundleName }),
      bundlePrice: t.field({
        type: MoneyType,
        description: 'Its price.',
        resolve: (e) => money(e.payload.bundlePrice),
      }),
      status: t.string({
        description: 'An OfferStatus.',
        resolve: (e) => e.payload.status,
      }),
      expiresAt: t.field({
        type: 'DateTime',
        description: 'When it runs out.',
        resolve: (e) => instant(e.payload.expiresAt),
      }),
      reason: t.string({ nullable: true, description: 'Why it ended.', resolve: (e) => e.payload.reason }),
    }),
  });
}

eventType('HUB_CHANGED').implement({
  ...shared('HUB_CHANGED'),
  fields: (t) => ({
    hubId: t.id({ description: 'Plain id of the hub.', resolve: (e) => e.payload.hubId }),
    region: t.string({ description: 'Its region.', resolve: (e) => e.payload.region }),
    isEnabled: t.boolean({ description: 'Whether routes may use it.', resolve: (e) => e.payload.isEnabled }),
    capacity: t.int({ description: 'Slots in flight it can hold.', resolve: (e) => e.payload.capacity }),
    change: t.string({ description: 'What happened.', resolve: (e) => e.payload.change }),
  }),
});

eventType('PAYMENT_CHANGED').implement({
  ...shared('PAYMENT_CHANGED'),
  fields: (t) => ({
    chargeId: t.id({ description: 'Plain id of the charge.', resolve: (e) => e.payload.chargeId }),
    offerId: t.id({ description: 'Plain id of its offer.', resolve: (e) => e.payload.offerId }),
    provider: t.string({ description: 'TEST, STRIPE or RAZORPAY.', resolve: (e) => e.payload.provider }),
    status: t.string({ description: 'A ChargeStatus.', resolve: (e) => e.payload.status }),
    amount: t.field({
      type: MoneyType,
      description: 'What was agreed.',
      resolve: (e) => money(e.payload.amount),
    }),
    captured: t.field({
      type: MoneyType,
      description: 'What was taken.',
      resolve: (e) => money(e.payload.captured),
    }),
    refunded: t.field({
      type: MoneyType,
      description: 'What was given back.',
      resolve: (e) => money(e.payload.refunded),
    }),
    reason: t.string({ nullable: true, description: 'Why, if it failed.', resolve: (e) => e.payload.reason }),
  }),
});

eventType('DELIVERY_CHANGED').implement({
  ...shared('DELIVERY_CHANGED'),
  fields: (t) => ({
    deliveryId: t.id({ description: 'Plain id of the delivery.', resolve: (e) => e.payload.deliveryId }),
    offerId: t.id({ description: 'Plain id of its offer.', resolve: (e) => e.payload.offerId }),
    opportunityId: t.id({
      description: 'Plain id of its opportunity.',
      resolve: (e) => e.payload.opportunityId,
    }),
    status: t.string({ description: 'A DeliveryStatus.', resolve: (e) => e.payload.status }),
    previousStatus: t.string({
      nullable: true,
      description: 'The DeliveryStatus before; null for a new one.',
      resolve: (e) => e.payload.previousStatus,
    }),
    priority: t.string({ description: 'A DeliveryPriority.', resolve: (e) => e.payload.priority }),
    destinationRegion: t.string({
      description: 'Region of the last hub.',
      resolve: (e) => e.payload.destinationRegion,
    }),
    routePath: t.stringList({ description: 'Node ids.', resolve: (e) => e.payload.routePath }),
    legIndex: t.int({ description: 'The leg under way, from 0.', resolve: (e) => e.payload.legIndex }),
    legKind: t.string({
      nullable: true,
      description: 'GROUND, LOCAL, LINEHAUL or DRONE.',
      resolve: (e) => e.payload.legKind,
    }),
    droneId: t.id({
      nullable: true,
      description: 'Plain id of its drone.',
      resolve: (e) => e.payload.droneId,
    }),
    attempts: t.int({ description: 'Failed tries to dispatch it.', resolve: (e) => e.payload.attempts }),
    isSuspect: t.boolean({
      description: 'Whether its drone has been silent for 60 s.',
      resolve: (e) => e.payload.isSuspect,
    }),
    etaMin: t.int({ description: 'Minutes it takes in all.', resolve: (e) => e.payload.etaMin }),
    reason: t.string({
      nullable: true,
      description: 'Why it waits or failed.',
      resolve: (e) => e.payload.reason,
    }),
  }),
});

eventType('DRONE_CHANGED').implement({
  ...shared('DRONE_CHANGED'),
  fields: (t) => ({
    droneId: t.id({ description: 'Plain id of the drone.', resolve: (e) => e.payload.droneId }),
    state: t.string({ description: 'A DroneState.', resolve: (e) => e.payload.state }),
    previousState: t.string({
      nullable: true,
      description: 'The DroneState before; null for a new one.',
      resolve: (e) => e.payload.previousState,
    }),
    soc: t.float({ description: 'Charge in percent.', resolve: (e) => e.payload.soc }),
    lat: t.float({ description: 'Degrees, −90 to 90.', resolve: (e) => e.payload.lat }),
    lon: t.float({ description: 'Degrees, −180 to 180.', resolve: (e) => e.payload.lon }),
    deliveryId: t.id({
      nullable: true,
      description: 'Plain id of the delivery it flies.',
      resolve: (e) => e.payload.deliveryId,
    }),
    reason: t.string({ nullable: true, description: 'Why.', resolve: (e) => e.payload.reason }),
  }),
});

eventType('FLEET_ALERT').implement({
  ...shared('FLEET_ALERT'),
  fields: (t) => ({
    kind: t.string({
      description: 'LINK_LOST, BATTERY_CRITICAL, FLEET_UNAVAILABLE, NO_FEASIBLE_DRONE or DELIVERY_FAILED.',
      resolve: (e) => e.payload.kind,
    }),
    droneId: t.id({
      nullable: true,
      description: 'Plain id of the drone.',
      resolve: (e) => e.payload.droneId,
    }),
    deliveryId: t.id({
      nullable: true,
      description: 'Plain id of the delivery.',
      resolve: (e) => e.payload.deliveryId,
    }),
    message: t.string({ description: 'What happened, in words.', resolve: (e) => e.payload.message }),
  }),
});

eventType('CAPACITY_ALERT').implement({
  ...shared('CAPACITY_ALERT'),
  fields: (t) => ({
    hubId: t.id({
      nullable: true,
      description: 'Plain id of the hub; null for all together.',
      resolve: (e) => e.payload.hubId,
    }),
    free: t.int({ description: 'Free slots.', resolve: (e) => e.payload.free }),
    capacity: t.int({ description: 'Slots in all.', resolve: (e) => e.payload.capacity }),
    freePct: t.float({ description: 'Free slots in percent.', resolve: (e) => e.payload.freePct }),
    isRaised: t.boolean({
      description: 'True below 20 %, false when it is over.',
      resolve: (e) => e.payload.isRaised,
    }),
  }),
});
