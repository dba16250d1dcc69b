import type { Random } from '../../kernel/random.ts';
import type { ErrorItem } from './facts.ts';

const REPORTS = [
  ['checkout', 'Timeout after 10 s while reserving stock'],
  ['checkout', 'HTTP 502 from the tax service'],
  ['payments', 'Webhook signature did not verify'],
  ['payments', 'Acquirer answered 503'],
  ['search', 'Index is 4 minutes behind'],
  ['mail', 'Order confirmation bounced'],
] as const;

/** A small trouble of the shop's own systems. */
export function makeError(random: Random, externalId: string, at: number): ErrorItem {
  const [service, message] = random.pick(REPORTS);
  return { externalId, service, message, count: random.int(1, 4), occurredAt: new Date(at) };
}
