import Razorpay from 'razorpay';
import { CALL_TIMEOUT_MS, wasUnreached, within } from '../deadline.ts';
import { OutboundAmbiguous, OutboundDelayed, OutboundRefused } from '../errors.ts';
import type { PaymentCredentials, PaymentEndpoints } from './types.ts';

const MAX_ANSWER_BYTES = 5_000_000;

/** The part of axios that the SDK keeps inside and that has no options of its own there. */
interface Axios {
  defaults: {
    baseURL: string;
    timeout: number;
    maxContentLength: number;
    headers: { common: Record<string, string> };
  };
  interceptors: { response: { use(ok: undefined, failed: (error: AxiosFailure) => never): void } };
}
interface AxiosFailure {
  code?: string;
  response?: { status: number; data: unknown };
}

/** One call with the SDK; `refundKey` makes refunds of the call idempotent. */
export type RazorpayCall = <T>(work: (api: Razorpay) => Promise<T>, refundKey?: string) => Promise<T>;

/** Razorpay's SDK with our time-out and our three kinds of failure around every call. It never retries. */
export function createRazorpayCall(
  credentials: PaymentCredentials,
  endpoints: PaymentEndpoints,
): RazorpayCall {
  const timeout = endpoints.timeoutMs ?? CALL_TIMEOUT_MS;
  return (work, refundKey) => {
    const api = new Razorpay({ key_id: credentials.keyId ?? '', key_secret: credentials.secret });
    const { rq } = api.api as unknown as { rq: Axios };
    if (endpoints.razorpayApiBase) rq.defaults.baseURL = endpoints.razorpayApiBase;
    rq.defaults.timeout = timeout;
    rq.defaults.maxContentLength = MAX_ANSWER_BYTES;
    if (refundKey) rq.defaults.headers.common['X-Refund-Idempotency'] = refundKey;
    // The SDK reads response.status of every failure, so that one without an answer would lose its cause.
    rq.interceptors.response.use(undefined, (error) => {
      error.response ??= { status: 0, data: { error: { code: error.code } } };
      throw error;
    });
    return within(timeout, Promise.resolve(api).then(work).then(readable)).catch((error: unknown) =>
      Promise.reject(translated(error)),
    );
  };
}

/** Something on the way may answer 200 with a page of its own; axios hands that over as text. */
function readable<T>(answer: T): T {
  if (typeof answer === 'object' && answer !== null) return answer;
  throw new OutboundAmbiguous('RAZORPAY_UNREADABLE');
}

/** Codes only: messages of providers may quote what was sent. */
function translated(error: unknown): Error {
  if (error instanceof OutboundAmbiguous || error instanceof OutboundRefused) return error;
  const { statusCode, error: body } = (error ?? {}) as { statusCode?: unknown; error?: { code?: unknown } };
  const code = typeof body?.code === 'string' ? body.code : 'error';
  if (typeof statusCode !== 'number') return new OutboundAmbiguous('RAZORPAY_UNREADABLE');
  if (statusCode === 0) {
    return wasUnreached(code)
      ? new OutboundDelayed(`RAZORPAY_${code}`)
      : new OutboundAmbiguous('RAZORPAY_CONNECTION');
  }
  const says = `RAZORPAY_${statusCode}_${code}`.slice(0, 100);
  // A wrong key is put right by an administrator; the work waits.
  if ([401, 403, 429].includes(statusCode)) return new OutboundDelayed(says);
  const isSure = statusCode >= 400 && statusCode < 500 && statusCode !== 409 && !/GATEWAY|SERVER/.test(code);
  return isSure ? new OutboundRefused(says) : new OutboundAmbiguous(says);
}
