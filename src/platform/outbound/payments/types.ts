import type { IncomingHttpHeaders } from 'node:http';

export type PaymentProviderName = 'TEST' | 'STRIPE' | 'RAZORPAY';

/** What is to be paid, by our own id. Amounts are minor units. */
export interface Payment {
  /** The charge's id: our reference at the provider. */
  readonly reference: string;
  /** The provider's id, once it has given one. */
  readonly ref: string | null;
  readonly currency: string;
  readonly amountMinor: bigint;
  readonly createdAt: Date;
}

/** What the customer sees on a hosted page. */
export interface PaymentRequest extends Payment {
  readonly description: string;
  /** Where the customer goes afterwards. */
  readonly returnUrl: string;
}

/** Where money can be, as every provider is read. */
export type PaymentStatus =
  | 'REQUIRES_ACTION'
  | 'AUTHORIZED'
  | 'CAPTURED'
  | 'VOIDED'
  | 'REFUNDED'
  | 'DECLINED';

/** One payment as the provider knows it. */
export interface PaymentState {
  readonly status: PaymentStatus;
  readonly ref: string;
  readonly currency: string;
  readonly amountMinor: bigint;
  /** Where the customer pays, while REQUIRES_ACTION. */
  readonly actionUrl?: string | undefined;
  /** Machine code of a decline, or a note about how it ended. */
  readonly code?: string | undefined;
}

/** Identifies one call, so that the provider does it once however often it is sent. */
export interface CallKey {
  readonly key: string;
  /** From 1; a later one is made only after a look showed that the earlier one did nothing. */
  readonly attempt: number;
}

/** A verified webhook. */
export interface PaymentNotice {
  readonly eventId: string;
  readonly type: string;
  /** Our reference, when the event carries it. */
  readonly reference: string | null;
  /** Null for an event that says nothing about where the money is. */
  readonly state: PaymentState | null;
}

/** A webhook that did not come from the provider, or cannot be read. Never says why. */
export class WebhookRefused extends Error {}

/**
 * A payment provider with separate authorisation and capture. Calls throw OutboundRefused (definite no),
 * OutboundDelayed (definitely not done) or OutboundAmbiguous; none of them retries by itself.
 */
export interface PaymentProvider {
  readonly name: PaymentProviderName;
  authorise(request: PaymentRequest, call: CallKey): Promise<PaymentState>;
  capture(payment: Payment, call: CallKey): Promise<PaymentState>;
  /** Gives an authorisation back, or makes sure that none can be given any more. */
  void(payment: Payment, call: CallKey): Promise<PaymentState>;
  /** Gives captured money back, all of it. */
  refund(payment: Payment, call: CallKey): Promise<PaymentState>;
  /** Where the money is now, by the provider's id or by our reference; null when it does not know the payment. */
  find(payment: Payment): Promise<PaymentState | null>;
  /** Verifies the signature over the bytes as sent. Throws WebhookRefused. */
  parseWebhook(body: Buffer, headers: IncomingHttpHeaders): PaymentNotice;
}

/** A price to be billed monthly, by our own id. */
export interface PriceEntry {
  readonly id: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  /** Under which whoever bills finds the price in force. */
  readonly lookupKey: string;
  readonly name: string;
}

/** A provider's list of prices. Fails like a PaymentProvider. */
export interface PriceList {
  /** Makes it the price in force under its lookup key; answers the provider's id. */
  publish(entry: PriceEntry, call: CallKey): Promise<string>;
  /** The provider's id, when this very price is in force; else null. */
  find(entry: PriceEntry): Promise<string | null>;
}

/** What a tenant's account at a provider is opened with. */
export interface PaymentCredentials {
  readonly keyId: string | null;
  readonly secret: string;
  readonly webhookSecret: string | null;
}

/** How this process reaches providers. */
export interface PaymentEndpoints {
  /** Other than the provider's own address: proxies and tests. */
  readonly stripeApiBase?: string | undefined;
  readonly razorpayApiBase?: string | undefined;
  /** Per call. Default 15 s. */
  readonly timeoutMs?: number | undefined;
}
