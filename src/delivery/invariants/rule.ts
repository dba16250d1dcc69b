/** Something that must be true of a tenant's rows at every commit, whatever failed in between. */
export interface Rule {
  readonly name: string;
  /** For operators: what must hold, and whose ids a violation names. */
  readonly description: string;
  /** A SELECT of one text column `id`: what breaks it. $1 is the tenant. */
  readonly broken: string;
}

/** Offers that a customer has accepted and that are still going somewhere. */
export const UNDER_WAY = `('ACCEPTED', 'PAYMENT_AUTHORIZED', 'DISPATCHED')`;
/** Offers that ended without a delivery: their money goes back. */
export const ENDED_UNDELIVERED = `('EXPIRED', 'DECLINED', 'CANCELLED', 'REFUNDED')`;
/** Deliveries that are still going somewhere. */
export const LIVE_DELIVERY = `('PENDING', 'ASSIGNED', 'PICKED_UP', 'IN_TRANSIT')`;
