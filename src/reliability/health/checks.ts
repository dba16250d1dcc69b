import { setImmediate } from 'node:timers/promises';
import { paymentAccount } from '../../delivery/charges/index.ts';
import { jobsOf } from '../../kernel/ids.ts';
import type { Scope } from '../../platform/scope.ts';
import { alertingHealth } from '../alerts/index.ts';
import { breakerOf, type ChannelView, listChannels } from '../channels/index.ts';
import type { CheckAnswer, HealthCheck } from './component.ts';

/** Channels that are looked at at most; one row tells of all of them, so it is only the report that is bounded. */
const MAX_CHANNELS = 50;

/** The checks of the parts that every tenant has (spec j.1). No check costs money: providers are judged by what is known. */
export const ownChecks = (scope: Scope): HealthCheck[] => [
  { name: 'database', isRequired: true, run: () => database(scope) },
  { name: 'redis', isRequired: false, run: () => redis(scope) },
  { name: 'jobs', isRequired: true, run: () => jobs(scope) },
  { name: 'alerting', isRequired: true, run: () => alerting(scope) },
  { name: 'self', isRequired: true, run: self },
  { name: 'payments', isRequired: false, run: () => payments(scope) },
];

async function database({ db }: Scope): Promise<CheckAnswer> {
  await db.row('SELECT 1', [], 'health');
  return {};
}

async function redis({ bus }: Scope): Promise<CheckAnswer> {
  if (bus.kind === 'LOCAL') return { message: 'Not configured: events stay in this process.' };
  await bus.ping();
  return {};
}

async function jobs(scope: Scope): Promise<CheckAnswer> {
  const queues = Object.values(await scope.jobs.counts(jobsOf(scope.tenantId)));
  const dead = queues.reduce((sum, counts) => sum + counts.dead, 0);
  if (dead > 0) return { status: 'DEGRADED', message: `${dead} jobs were given up.` };
  return scope.jobs.handled() > 0 ? {} : { message: 'This instance handles no queue.' };
}

async function alerting(scope: Scope): Promise<CheckAnswer> {
  const { status, untold } = await alertingHealth(scope.db, scope);
  return { status, message: untold > 0 ? `Critical alerts that could be told to nobody: ${untold}.` : null };
}

/** One turn of the event loop: what everything else in this process waits for as well. */
async function self(): Promise<CheckAnswer> {
  await setImmediate();
  return {};
}

async function payments(scope: Scope): Promise<CheckAnswer> {
  const { provider, hasSecret } = await paymentAccount(scope);
  if (provider === 'TEST') return { message: 'The built-in test provider.' };
  return hasSecret
    ? { message: provider }
    : { status: 'UNHEALTHY', message: `${provider} has no secret key.` };
}

/** A check per channel that is switched on; their list is read once. */
export async function channelChecks(scope: Scope): Promise<HealthCheck[]> {
  const channels = await listChannels(scope);
  return channels
    .filter(({ isEnabled, isConfigured, isShared }) => isEnabled && (isConfigured || !isShared))
    .slice(0, MAX_CHANNELS)
    .map((channel) => ({
      ...{ name: `channel:${channel.name}`, isRequired: false },
      run: async () => channelAnswer(channel, scope.now),
    }));
}

/** What is known of a channel: its configuration, its breaker, its last error. Pure. */
export function channelAnswer(channel: ChannelView, now: Date): CheckAnswer {
  if (!channel.isConfigured)
    return { status: 'DEGRADED', message: 'A part of its configuration is missing.' };
  const breaker = breakerOf(channel, now);
  if (breaker === 'OPEN') return { status: 'UNHEALTHY', message: `Not tried any more: ${channel.lastError}` };
  if (breaker === 'HALF_OPEN' || channel.failures > 0) {
    return { status: 'DEGRADED', message: `The last message failed: ${channel.lastError}` };
  }
  return { message: channel.lastSentAt === null ? 'Nothing was sent yet.' : null };
}
