export { cancelDelivery } from './cancel-delivery.ts';
export {
  DELIVERY_PRIORITIES,
  DELIVERY_STATUSES,
  type Delivery,
  type DeliveryPriority,
  type DeliveryProof,
  type DeliveryStatus,
} from './delivery.ts';
export { dispatchDue } from './dispatch-due.ts';
export { type Dispatched, dispatchPaid } from './dispatch-paid.ts';
export { type DeliveryLeg, LEG_STATES } from './legs.ts';
export { type CrossBorder, dispatchCrossBorder, dispatchOffer } from './operator-dispatch.ts';
export {
  type DeliveryFilter,
  deliveriesById,
  findDeliveryOfOffer,
  findDeliveryOfOpportunity,
  listDeliveries,
} from './read.ts';
export { LEG_EVENTS, type LegEvent, type LegReport, recordLeg } from './record-leg.ts';
export { tickDeliveries } from './tick.ts';
export { rewatchDeliveries } from './work.ts';
