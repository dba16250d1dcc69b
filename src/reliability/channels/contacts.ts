import { writeAudit } from '../../control/audit/index.ts';
import { NotFoundError, ValidationError } from '../../kernel/errors.ts';
import { checkText, isStorable } from '../../kernel/text.ts';
import { addMs, DAY_MS } from '../../kernel/time.ts';
import type { Sql, Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { CONTROL } from './fields.ts';

/** Who may be written to on WhatsApp (spec n.3). */
export interface WhatsappContact {
  /** Digits with country code, without "+". */
  readonly phone: string;
  /** Null: not agreed, or no longer. */
  readonly optedInAt: Date | null;
  readonly optInSource: string | null;
  readonly lastInboundAt: Date | null;
  /** After error 131049: nothing is sent before. */
  readonly blockedUntil: Date | null;
}

const COLUMNS = `phone, opted_in_at AS "optedInAt", opt_in_source AS "optInSource",
  last_inbound_at AS "lastInboundAt", blocked_until AS "blockedUntil"`;
/** How long somebody who wrote without having agreed is remembered, and how long an engagement cap lasts. */
const STRANGER_MS = 30 * DAY_MS;
const CAP_MS = DAY_MS;

/** Digits of a phone number as WhatsApp writes them. */
export const digitsOf = (phone: string): string => phone.replace(/\D/g, '');

function phoneOf(text: string): string {
  if (!/^\+?[1-9][\d ()./-]{6,24}$/.test(text.trim())) {
    throw new ValidationError('phone', 'A phone number has its country code: +4915112345678.');
  }
  const digits = digitsOf(text);
  if (digits.length < 7 || digits.length > 15) {
    throw new ValidationError('phone', 'A phone number has 7 to 15 digits with its country code.');
  }
  return digits;
}

/** What is known of a phone number. */
export const contactOf = (sql: Sql, tenantId: string, phone: string): Promise<WhatsappContact | undefined> =>
  sql.row<WhatsappContact>(
    `SELECT ${COLUMNS} FROM whatsapp_contact WHERE tenant_id = $1 AND phone = $2`,
    [tenantId, phone],
    'whatsapp_contact',
  );

/** Contacts by number, at most `first` (up to 500) of them, from after a number. */
export const listContacts = (
  scope: Scope,
  { first, after }: { first: number; after?: string | null | undefined },
): Promise<WhatsappContact[]> =>
  scope.db.rows<WhatsappContact>(
    `SELECT ${COLUMNS} FROM whatsapp_contact WHERE tenant_id = $1 AND phone > $2 ORDER BY phone LIMIT $3`,
    [scope.tenantId, digitsOf(after ?? ''), Math.min(Math.max(first, 1), 500)],
  );

/** Records that somebody agreed to be written to, and where; agreeing again keeps the first record. Audited. */
export async function recordWhatsappOptIn(
  scope: Scope,
  given: { phone: string; source: string },
): Promise<WhatsappContact> {
  const phone = phoneOf(given.phone);
  const source = given.source.trim();
  if (source.length < 1 || source.length > 200 || CONTROL.test(source) || !isStorable(source)) {
    throw new ValidationError('source', 'Say in 1 to 200 characters where they agreed, e.g. "signup form".');
  }
  return scope.db.tx(async (tx) => {
    const before = await contactOf(tx, scope.tenantId, phone);
    const after = await tx.row<WhatsappContact>(
      `INSERT INTO whatsapp_contact AS c (tenant_id, phone, opted_in_at, opt_in_source) VALUES ($1, $2, $3, $4)
       ON CONFLICT (tenant_id, phone) DO UPDATE SET opted_in_at = coalesce(c.opted_in_at, excluded.opted_in_at),
         opt_in_source = CASE WHEN c.opted_in_at IS NULL THEN excluded.opt_in_source ELSE c.opt_in_source END
       RETURNING ${COLUMNS}`,
      [scope.tenantId, phone, scope.now, source],
    );
    await noted(scope, tx, 'whatsapp.optIn', before ?? null, after as WhatsappContact);
    return after as WhatsappContact;
  });
}

/** Records that somebody no longer wants to be written to: from now on nothing is sent. Audited. */
export async function recordWhatsappOptOut(
  scope: Scope,
  given: { phone: string; reason?: string | null | undefined },
): Promise<WhatsappContact> {
  const phone = phoneOf(given.phone);
  checkText(given.reason ?? '', 'reason', 2_000);
  return scope.db.tx(async (tx) => {
    const before = await contactOf(tx, scope.tenantId, phone);
    if (!before) throw new NotFoundError('WhatsApp contact', phone);
    await optOut(tx, scope.tenantId, phone);
    const after = { ...before, optedInAt: null, optInSource: null };
    await noted(scope, tx, 'whatsapp.optOut', before, after, given.reason);
    return after;
  });
}

const optOut = (tx: Sql, tenantId: string, phone: string): Promise<number> =>
  tx.run(
    'UPDATE whatsapp_contact SET opted_in_at = NULL, opt_in_source = NULL WHERE tenant_id = $1 AND phone = $2',
    [tenantId, phone],
  );

/** Nothing is sent to this number for 24 h (error 131049). */
export const blockContact = (scope: Scope, sql: Sql, phone: string): Promise<number> =>
  sql.run(
    'UPDATE whatsapp_contact SET blocked_until = $3 WHERE tenant_id = $1 AND phone = $2',
    [scope.tenantId, phone, addMs(scope.now, CAP_MS)],
    'block_contact',
  );

/** Somebody wrote: the window of free text opens, also for who has not agreed yet. */
export const noteInbound = (tx: Sql, tenantId: string, phone: string, at: Date): Promise<number> =>
  tx.run(
    `INSERT INTO whatsapp_contact AS c (tenant_id, phone, last_inbound_at) VALUES ($1, $2, $3)
     ON CONFLICT (tenant_id, phone) DO UPDATE SET
       last_inbound_at = greatest(c.last_inbound_at, excluded.last_inbound_at)`,
    [tenantId, phone, at],
    'contact_wrote',
  );

/** Forgets numbers that wrote once and never agreed, 30 days after their last message. */
export const pruneContacts = (scope: Scope, tx: Tx): Promise<number> =>
  tx.run(
    `DELETE FROM whatsapp_contact WHERE tenant_id = $1 AND opted_in_at IS NULL
       AND (last_inbound_at IS NULL OR last_inbound_at < $2) AND (blocked_until IS NULL OR blocked_until < $2)`,
    [scope.tenantId, addMs(scope.now, -STRANGER_MS)],
  );

const noted = (
  scope: Scope,
  tx: Tx,
  action: string,
  before: WhatsappContact | null,
  after: WhatsappContact,
  reason?: string | null,
): Promise<void> =>
  writeAudit(scope, tx, {
    ...{ action, subject: after.phone, reason },
    before: before && { ...before },
    after: { ...after },
  });
