import { skipEffects } from '../../control/effects/index.ts';
import type { Sql, Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import type { ChannelView, Message, OutgoingMessage } from './channel.ts';
import { SEND, subjectOf } from './kinds.ts';
import { MAIL_KINDS, type MailSwitch, mailSwitchOf } from './mail-provider.ts';
import { switchOff } from './manage.ts';
import { endWaiting } from './notifications.ts';
import { queueMessages } from './queue.ts';
import { listChannels } from './read.ts';

/** Whether e-mail should go another way now, and how that is said. */
export async function inspectMail(
  scope: Scope,
): Promise<{ isPossible: boolean; says: string; facts: { from: string[]; to: string | null } }> {
  const change = mailSwitchOf(await listChannels(scope), scope.now);
  const facts = { from: change.from.map(({ id }) => id), to: change.to?.id ?? null };
  if (change.from.length === 0) return { isPossible: false, says: 'No e-mail provider has failed.', facts };
  if (!change.to) return { isPossible: false, says: 'There is no other e-mail provider to go to.', facts };
  return { isPossible: true, says: `E-mail goes by ${change.to.name} instead of ${namesOf(change)}.`, facts };
}

const namesOf = ({ from }: MailSwitch): string => from.map(({ name }) => name).join(' and ');

/**
 * Switches the e-mail channels off whose circuit has opened, so that another one is used, and sends what waited for them
 * that way (there it ends as FAILED, SWITCHED), after a message that says so. Whoever enables a channel again switches
 * back. Throws when there is nothing to switch.
 */
export async function switchMail(
  scope: Scope,
  reason: string,
): Promise<{ from: string[]; to: string; moved: number }> {
  const change = mailSwitchOf(await listChannels(scope), scope.now);
  const { from, to } = change;
  if (from.length === 0 || !to) throw new Error('There is no e-mail provider to switch.');
  const text = `E-mail goes by ${to.name} instead of ${namesOf(change)} until that is enabled again.`;
  const message: Message = { title: 'E-mail provider switched', text, level: null, facts: {} };
  const moved = await scope.db.tx(async (tx) => {
    // Channels before messages before events, as everywhere.
    for (const { id } of from) await switchOff(scope, tx, id, reason);
    const waiting = await waitingFor(scope, tx, from);
    for (const { id } of from) {
      await skipEffects(tx, scope.tenantId, { subject: subjectOf(id), kind: SEND });
      await endWaiting(scope, tx, id, 'SWITCHED');
    }
    const step = `switched:${scope.now.toISOString()}`;
    const notice = { channelId: to.id, purpose: 'TEST' as const, message, step };
    await queueMessages(scope, tx, [notice, ...waiting.map((one) => ({ ...one, channelId: to.id }))]);
    return waiting.length;
  });
  return { from: from.map(({ id }) => id), to: to.id, moved };
}

interface Waiting extends Pick<OutgoingMessage, 'purpose' | 'message' | 'alertIds'> {
  readonly id: string;
  readonly groupKey: string | null;
}

/** What was accepted for these channels and has not arrived, oldest first; tests are about their own channel. */
async function waitingFor(
  scope: Scope,
  tx: Tx,
  channels: readonly ChannelView[],
): Promise<Omit<OutgoingMessage, 'channelId'>[]> {
  const rows = await tx.rows<Waiting>(
    `SELECT n.id, n.purpose, n.alert_ids AS "alertIds", n.group_key AS "groupKey", e.payload->'message' AS message
     FROM alert_notification n JOIN effect e ON e.tenant_id = $1 AND e.id = n.effect_id
     WHERE n.tenant_id = $1 AND n.channel_id = ANY($2) AND n.status = 'QUEUED' AND n.purpose <> 'TEST'
     ORDER BY n.created_at, n.id`,
    [scope.tenantId, channels.map(({ id }) => id)],
    'waiting_messages',
  );
  // Two channels that waited with the same words need say them once.
  const once = new Map(rows.map((row) => [JSON.stringify([row.purpose, row.message]), row]));
  return [...once.values()].map(({ id, groupKey, ...rest }) => ({
    ...{ ...rest, step: `switched:${id}` },
    ...(groupKey !== null && { groupKey }),
  }));
}

/** E-mails of a stretch of time that arrived, and that did not. */
export interface MailTally {
  readonly good: number;
  readonly bad: number;
}

/** How e-mails queued since an instant have fared; one that was tried in vain and waits counts as bad. One statement. */
export async function mailTally(scope: Scope, sql: Sql, since: Date): Promise<MailTally> {
  const row = await sql.row<MailTally>(
    `SELECT (count(*) FILTER (WHERE status = 'SENT'))::int AS good,
       (count(*) FILTER (WHERE status IN ('FAILED', 'DEAD') OR status = 'QUEUED' AND attempts > 0))::int AS bad
     FROM alert_notification WHERE tenant_id = $1 AND created_at >= $2 AND channel_kind = ANY($3)`,
    [scope.tenantId, since, MAIL_KINDS],
    'mail_tally',
  );
  return row ?? { good: 0, bad: 0 };
}
