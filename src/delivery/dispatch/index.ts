export {
  DELIVERY_PRIORITIES,
  DELIVERY_STATUSES,
  type Delivery,
  type DeliveryPriority,
  type DeliveryProof,
  type DeliveryStatus,
} from './delivery.ts';
export { type DeliveryLeg, LEG_KINDS, LEG_STATES } from './legs.ts';
export {
  type DeliveryFilter,
  deliveriesById,
  findDeliveryOfOffer,
  findDeliveryOfOpportunity,
  listDeliveries,
} from './read.ts';
