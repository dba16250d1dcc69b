import { seeded } from '../../kernel/random.ts';
import { addMs, DAY_MS } from '../../kernel/time.ts';
import type { Scope } from '../../platform/scope.ts';
import { predictCosts, syncCosts } from '../costs/index.ts';
import { recordCosts } from '../ledger/index.ts';
import { aggregateRetention, recordActivity } from '../retention/index.ts';

const DAYS = 60;
const USERS = 240;
const SEED = 64;
const SOURCE = 'demo';

/**
 * Gives the demo shop two months of costs and of active users up to `endAt`, and reckons with them once. The same facts
 * every time, so that a restart changes nothing.
 */
export async function seedDemoFinance(scope: Scope, endAt: Date): Promise<void> {
  const random = seeded(SEED);
  const days = Array.from({ length: DAYS }, (_, i) => addMs(endAt, -(i + 1) * DAY_MS));
  const cost = (category: string, day: Date, minor: number) => ({
    ...{ externalId: `${category}-${day.toISOString().slice(0, 10)}`, category },
    ...{
      amountMinor: Math.round(minor),
      currency: scope.tenant.reportingCurrency,
      occurredAt: day.toISOString(),
    },
  });
  const costs = days.flatMap((day, ago) => [
    cost('AI', day, 900 + 4 * (DAYS - ago) + 150 * random.next()),
    cost('INFRASTRUCTURE', day, day.getUTCDay() === 1 ? 2600 : 1400 + 60 * random.next()),
  ]);
  await recordCosts(scope, { source: SOURCE, items: costs });
  const isActive = (user: number) => random.next() < 0.05 + 0.4 / (1 + (user % 7));
  await recordActivity(
    scope,
    days.map((at) => ({
      at,
      userIds: Array.from({ length: USERS }, (_, user) => user)
        .filter(isActive)
        .map((user) => `user-${user}`),
    })),
  );
  await syncCosts(scope);
  await predictCosts(scope);
  await aggregateRetention(scope);
}
