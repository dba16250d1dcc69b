import { createVault, type Vault } from '../secrets/seal.ts';
import type { ChannelEnvironment } from './channels/types.ts';
import { createOutboundHttp, type OutboundHttp } from './http.ts';
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
  /** The one way to call an address that a tenant has given. */
  readonly http: OutboundHttp;
  readonly channels: ChannelEnvironment;
  /** Address under which customers reach this installation, without a slash at its end. */
  publicUrl(): string;
  /** Where a customer sees an offer: the same address for the same offer, because providers compare requests. */
  offerPage(page: OfferPage): string;
}

export interface OutboundOptions {
  keyPepper: string;
  payments?: PaymentEndpoints;
  channels?: ChannelEnvironment;
  /** Whether tenants may have addresses of the inner network called. Default true: an installation of one's own. */
  allowPrivateAddresses?: boolean;
  publicUrl?: () => string;
  offerPage?: (page: OfferPage) => string;
}

/** How this process reaches other systems. */
export function createOutbound({
  keyPepper,
  payments = {},
  channels = {},
  ...options
}: OutboundOptions): Outbound {
  const publicUrl = options.publicUrl ?? (() => 'http://127.0.0.1:4000');
  const http = createOutboundHttp({ allowPrivateAddresses: options.allowPrivateAddresses ?? true });
  const vault = createVault(keyPepper);
  return { vault, payments, channels, http, publicUrl, offerPage: options.offerPage ?? publicUrl };
}
