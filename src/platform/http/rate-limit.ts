import type { GraphQLError } from 'graphql';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import { refusal } from './errors.ts';

/** Operations per credential and minute in this process; anonymous callers share their address's budget. */
export interface RateLimit {
  take(credential: string | null, address: string): Promise<GraphQLError | undefined>;
}

/** `perMinute` operations in any minute that starts with the first of them. */
export function createRateLimit(perMinute: number): RateLimit {
  const limiter = new RateLimiterMemory({ points: perMinute, duration: 60 });
  return {
    async take(credential, address) {
      try {
        await limiter.consume(credential === null ? `address:${address}` : `key:${credential}`);
        return undefined;
      } catch (spent) {
        const retryAfterSec = Math.max(1, Math.ceil((spent as RateLimiterRes).msBeforeNext / 1000));
        return refusal(
          'RATE_LIMITED',
          `At most ${perMinute} operations per minute; try again in ${retryAfterSec} s.`,
          { status: 429, headers: { 'retry-after': `${retryAfterSec}` } },
          { retryAfterSec, limit: perMinute },
        );
      }
    },
  };
}
