import { createVault, type Vault } from '../secrets/seal.ts';
import type { PaymentEndpoints } from './payments/types.ts';

/** Which offer a customer's page is about. */
export interface OfferPage {
  readonly tenantId: string;
  readonly offerId: string;
  readonly expiresAt: Date;
}

/** What a Scope needs to reach other systems in a tenant's name. */
export interface Outbound {
  readonly vault: Vault;
  readonly payments: PaymentEndpoints;
  /** Address under which customers reach this installation, without a slash at its end. */
  publicUrl(): string;
  /** Where a customer sees an offer: the same address for the same offer, because providers compare requests. */
  offerPage(page: OfferPage): string;
}

export interface OutboundOptions {
  keyPepper: string;
  payments?: PaymentEndpoints;
  publicUrl?: () => string;
  offerPage?: (page: OfferPage) => string;
}

/** How this process reaches other systems. */
export function createOutbound({ keyPepper, payments = {}, ...options }: OutboundOptions): Outbound {
  const publicUrl = options.publicUrl ?? (() => 'http://127.0.0.1:4000');
  return { vault: createVault(keyPepper), payments, publicUrl, offerPage: options.offerPage ?? publicUrl };
}
