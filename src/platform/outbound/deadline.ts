import { OutboundAmbiguous } from './errors.ts';

/** Per call to another system, from the first byte sent to the last one received. */
export const CALL_TIMEOUT_MS = 15_000;

/** Codes of connections that were never made: nothing was sent. */
const UNREACHED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

export const wasUnreached = (code: unknown): boolean => typeof code === 'string' && UNREACHED.has(code);

/**
 * Waits no longer than `ms`, whatever the client's own time-out thinks of a body that drips. What is still under way
 * then may have been done: ambiguous.
 */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new OutboundAmbiguous('TIMEOUT')), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
