import { addMs, HOUR_MS } from '../../kernel/time.ts';
import type { Sql } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { mailTally } from '../channels/index.ts';
import { burnRate, type Pain, painOf } from '../slo/index.ts';
import type { Incident } from './incident.ts';
import type { RunbookStepKind } from './runbook.ts';

/** E-mails that must arrive. */
const MAIL_TARGET = 0.995;

/**
 * How bad it is what a step shall make better: for SWITCH_PROVIDER the e-mails queued since an instant (default: in the
 * last hour), for the others the objective of the incident's component.
 */
export async function painFor(
  scope: Scope,
  sql: Sql,
  about: { step: RunbookStepKind; component: string; since?: Date },
): Promise<Pain | null> {
  const { step, component, since = addMs(scope.now, -HOUR_MS) } = about;
  if (step !== 'SWITCH_PROVIDER') return painOf(scope, sql, component);
  const tally = await mailTally(scope, sql, since);
  const events = tally.good + tally.bad;
  const badShare = events === 0 ? null : tally.bad / events;
  return { objective: 'E-mail', events, badShare, burnRate: burnRate(tally, MAIL_TARGET) };
}

/** Whether the harm of the incident is what the step makes better: e-mail that arrives says nothing about requests. */
export const isAboutHarm = (step: RunbookStepKind, { component }: Pick<Incident, 'component'>): boolean =>
  step !== 'SWITCH_PROVIDER' || component === 'alerting' || component.startsWith('channel:');
