import Stripe from 'stripe';
import { CALL_TIMEOUT_MS, wasUnreached, within } from '../deadline.ts';
import { OutboundAmbiguous, OutboundDelayed, OutboundRefused } from '../errors.ts';
import type { PaymentEndpoints } from './types.ts';

/** Stripe's SDK with our time-out and our three kinds of failure around every call. */
export interface StripeClient {
  readonly stripe: Stripe;
  call<T>(work: () => Promise<T>): Promise<T>;
}

/** The SDK does not retry (but once with the same key when a connection is closed, which cannot be switched off). */
export function createStripeClient(secret: string, endpoints: PaymentEndpoints): StripeClient {
  const timeout = endpoints.timeoutMs ?? CALL_TIMEOUT_MS;
  const stripe = new Stripe(secret, {
    ...{ maxNetworkRetries: 0, timeout, telemetry: false },
    ...baseOf(endpoints.stripeApiBase),
  });
  return {
    stripe,
    call: (work) =>
      within(timeout, Promise.resolve().then(work)).catch((error: unknown) =>
        Promise.reject(translated(error)),
      ),
  };
}

function baseOf(base: string | undefined): { protocol?: 'http' | 'https'; host?: string; port?: string } {
  if (!base) return {};
  const { protocol, hostname, port } = new URL(base);
  const scheme = protocol === 'http:' ? 'http' : 'https';
  return { protocol: scheme, host: hostname, port: port || (scheme === 'http' ? '80' : '443') };
}

/** Unix seconds, as Stripe counts. */
export const seconds = (at: Date): number => Math.floor(at.getTime() / 1000);

/** Seconds that the provider asks us to wait, at most an hour. */
function pauseOf(header: string | undefined): number | null {
  const wanted = Number(header);
  return wanted > 0 ? Math.min(wanted, 3_600) : null;
}

/** Codes only: messages of providers may quote what was sent. */
function translated(error: unknown): Error {
  const { errors } = Stripe;
  if (error instanceof OutboundAmbiguous || !(error instanceof errors.StripeError)) {
    return error instanceof OutboundAmbiguous ? error : new OutboundAmbiguous('STRIPE_UNREADABLE');
  }
  if (error instanceof errors.StripeConnectionError) {
    const code = (error.detail as { code?: unknown } | undefined)?.code;
    return wasUnreached(code)
      ? new OutboundDelayed(`STRIPE_${code}`)
      : new OutboundAmbiguous('STRIPE_CONNECTION');
  }
  const status = error.statusCode ?? 0;
  const says = `STRIPE_${status}_${error.code ?? error.rawType ?? 'error'}`;
  if (status === 429) return new OutboundDelayed(says, pauseOf(error.headers?.['retry-after']));
  // A wrong key is put right by an administrator; the work waits.
  if (status === 401 || status === 403) return new OutboundDelayed(says);
  const isSure = status >= 400 && status < 500 && status !== 409;
  return isSure && !(error instanceof errors.StripeIdempotencyError)
    ? new OutboundRefused(says)
    : new OutboundAmbiguous(says);
}
