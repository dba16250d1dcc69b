import { seeded } from '../../kernel/random.ts';
import { MINUTE_MS } from '../../kernel/time.ts';
import type { Scope } from '../../platform/scope.ts';
import { ingestMetrics, listSeries } from '../anomalies/index.ts';

const METRIC = 'checkout.latency_ms';
const PAST_MINUTES = 2 * 1_440;
/** Three bad minutes about every nine hours. */
const [EVERY, BAD] = [541, 3];

/** Milliseconds that the demo shop's checkout takes in a minute: slower by day, and sometimes much slower. */
function latencyAt(minute: number): number {
  const byDay = Math.sin((2 * Math.PI * (minute % 1_440)) / 1_440 - Math.PI / 2);
  const usual = 90 + 20 * byDay + 5 * seeded(minute).normal();
  return Math.round(10 * usual * (minute % EVERY < BAD ? 3.5 : 1)) / 10;
}

/**
 * Sends the demo shop's checkout latency, a sample a minute, from where it stopped last to now; two days of it at first.
 * The value of a minute is always the same.
 */
export async function runDemoMetrics(scope: Scope): Promise<void> {
  const now = Math.floor(scope.now.getTime() / MINUTE_MS);
  const { edges } = await listSeries(scope, { first: 1 }, { metric: METRIC });
  const last = edges[0]?.node.lastAt;
  const from = Math.max(last == null ? 0 : Math.floor(last / MINUTE_MS) + 1, now - PAST_MINUTES);
  if (from > now) return;
  const values = Array.from({ length: now - from + 1 }, (_, i) => latencyAt(from + i));
  await ingestMetrics(scope, {
    series: [{ metric: METRIC, startAt: from * MINUTE_MS, stepMs: MINUTE_MS, values }],
  });
}
