import { idempotently } from '../../control/access/index.ts';
import { writeAudit } from '../../control/audit/index.ts';
import { skipEffects } from '../../control/effects/index.ts';
import { NotFoundError, ValidationError, VersionConflictError } from '../../kernel/errors.ts';
import { isUuid, uuidv7 } from '../../kernel/ids.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import type { ChannelKind, ChannelView, ReportPace } from './channel.ts';
import { sharedKindOf } from './environment.ts';
import { CONTROL, withGiven } from './fields.ts';
import { contextOf, type GivenSettings, keptOf, mended, secretsIn } from './kept.ts';
import { SEND, subjectOf } from './kinds.ts';
import { endWaiting } from './notifications.ts';
import { CHANNEL_CACHE, channelsById, sharedView, viewOf } from './read.ts';
import { type ChannelRow, lockChannel, removeChannel, saveChannel } from './store.ts';

export interface NewChannel {
  readonly name: string;
  readonly kind: ChannelKind;
  readonly settings: GivenSettings;
  readonly isEnabled?: boolean | null | undefined;
  readonly getsReports?: boolean | null | undefined;
  readonly reportPace?: ReportPace | null | undefined;
  readonly idempotencyKey?: string | null | undefined;
}

/** Only what is given changes; secrets that are left out stay. */
export interface ChannelPatch {
  readonly id: string;
  readonly name?: string | null | undefined;
  /** Of the channel's own kind, which `kind` has to name when it is given. */
  readonly settings?: GivenSettings | undefined;
  readonly kind?: ChannelKind | undefined;
  readonly isEnabled?: boolean | null | undefined;
  readonly getsReports?: boolean | null | undefined;
  readonly reportPace?: ReportPace | null | undefined;
  readonly expectedVersion?: number | null | undefined;
}

const MAX_CHANNELS = 100;

function nameOf(text: string): string {
  const name = text.trim();
  if (name.length < 1 || name.length > 80 || CONTROL.test(name) || !name.isWellFormed()) {
    throw new ValidationError('name', 'A name has 1 to 80 characters in one line.');
  }
  return name;
}

/** Adds a channel; its secrets are sealed and never shown again. Throws ValidationError naming the field. Audited. */
export function createChannel(scope: Scope, given: NewChannel): Promise<ChannelView> {
  const { idempotencyKey, ...request } = given;
  const add = () => addChannel(scope, given);
  const load = async (memo: { id: string }) => (await channelsById(scope, [memo.id]))[0] ?? gone(memo.id);
  // The request holds secrets, and what is kept of it must not be guessable.
  const seen = scope.outbound.vault.hash(JSON.stringify(request));
  return idempotently(scope, idempotencyKey, ['createAlertChannel', seen], add, load);
}

function gone(id: string): never {
  throw new NotFoundError('channel', id);
}

async function addChannel(scope: Scope, given: NewChannel): Promise<{ id: string }> {
  const parts = withGiven(given.kind, { settings: {}, secrets: {} }, given.settings, contextOf(scope));
  const row: ChannelRow = {
    ...{ id: uuidv7(scope.now.getTime()), name: nameOf(given.name), kind: given.kind },
    ...{ isEnabled: given.isEnabled ?? true, getsReports: given.getsReports ?? given.kind === 'NOTION' },
    ...keptOf(scope, given.kind, parts, given.reportPace ?? 'DAILY'),
    ...{ failures: 0, openUntil: null, lastSentAt: null, lastError: null },
    ...{ createdAt: scope.now, updatedAt: scope.now, version: 1 },
  };
  await scope.db.tx(async (tx) => {
    await tx.run('SELECT 1 FROM engine_settings WHERE tenant_id = $1 FOR NO KEY UPDATE', [scope.tenantId]);
    const count = await tx.row<{ n: number }>(
      'SELECT count(*)::int AS n FROM alert_channel WHERE tenant_id = $1',
      [scope.tenantId],
    );
    if ((count?.n ?? 0) >= MAX_CHANNELS)
      throw new ValidationError('name', `At most ${MAX_CHANNELS} channels.`);
    await saveChannel(tx, scope.tenantId, row);
    await noted(scope, tx, 'channel.create', null, row, Object.keys(parts.secrets));
  });
  return { id: row.id };
}

/** Changes a channel; of the environment's only whether this tenant uses it and for which reports. Audited. */
export async function updateChannel(scope: Scope, patch: ChannelPatch): Promise<ChannelView> {
  const shared = sharedKindOf(patch.id);
  const changed = await scope.db.tx(async (tx) => {
    const before = await found(scope, tx, patch.id, patch.expectedVersion);
    if (shared && (patch.name != null || Object.keys(patch.settings ?? {}).length > 0)) {
      throw new ValidationError('id', 'A channel of the environment is set up by the environment.');
    }
    if (patch.settings && patch.kind && patch.kind !== before.kind) {
      throw new ValidationError(
        'settings',
        `This is a ${before.kind} channel; add a new one for another kind.`,
      );
    }
    const pace = patch.reportPace ?? before.settings.reportPace ?? 'DAILY';
    const after: ChannelRow = {
      ...before,
      name: patch.name == null ? before.name : nameOf(patch.name),
      isEnabled: patch.isEnabled ?? before.isEnabled,
      getsReports: patch.getsReports ?? before.getsReports,
      settings: { ...before.settings, reportPace: pace },
      ...(patch.settings &&
        !shared &&
        keptOf(scope, before.kind, mended(scope, before, patch.settings), pace)),
      updatedAt: scope.now,
      version: before.version + 1,
    };
    const secrets = patch.settings ? secretsIn(before.kind, patch.settings) : [];
    await saveChannel(tx, scope.tenantId, after);
    await noted(scope, tx, 'channel.update', before, after, secrets);
    return after;
  });
  return shared ? sharedView(scope.outbound.channels, shared, changed) : viewOf(changed);
}

/** Switches a channel off in the transaction of why; audited. */
export async function switchOff(scope: Scope, tx: Tx, id: string, reason: string): Promise<void> {
  const before = await found(scope, tx, id, null);
  const after = { ...before, isEnabled: false, updatedAt: scope.now, version: before.version + 1 };
  await saveChannel(tx, scope.tenantId, after);
  await noted(scope, tx, 'channel.update', before, after, [], reason);
}

/** Removes a channel; what waits for it and was never tried is taken back. Audited. */
export async function deleteChannel(
  scope: Scope,
  { id, expectedVersion }: { id: string; expectedVersion?: number | null | undefined },
): Promise<{ id: string }> {
  if (sharedKindOf(id)) {
    throw new ValidationError('id', 'A channel of the environment can be disabled, not deleted.');
  }
  await scope.db.tx(async (tx) => {
    const before = await found(scope, tx, id, expectedVersion);
    await removeChannel(tx, scope.tenantId, id);
    await skipEffects(tx, scope.tenantId, { subject: subjectOf(id), kind: SEND });
    await noted(scope, tx, 'channel.delete', before, null, []);
    await endWaiting(scope, tx, id, 'CHANNEL_GONE');
  });
  return { id };
}

async function found(
  scope: Scope,
  tx: Tx,
  id: string,
  expectedVersion: number | null | undefined,
): Promise<ChannelRow> {
  const isKnown = isUuid(id) || sharedKindOf(id) !== null;
  const row = isKnown ? await lockChannel(scope, tx, id) : undefined;
  // A row of the environment's channel is reached by the channel's own id only.
  if (!row || (row.settings.sharedId && row.settings.sharedId !== id)) throw new NotFoundError('channel', id);
  if (expectedVersion != null && expectedVersion !== row.version) {
    throw new VersionConflictError('channel', expectedVersion, row.version);
  }
  return row;
}

async function noted(
  scope: Scope,
  tx: Tx,
  action: string,
  before: ChannelRow | null,
  after: ChannelRow | null,
  secretsChanged: string[],
  reason?: string,
): Promise<void> {
  const { id, settings } = (after ?? before) as ChannelRow;
  await writeAudit(scope, tx, {
    ...{ action, subject: settings.sharedId ?? id, reason },
    before: before && shown(before),
    after: after && { ...shown(after), secretsChanged },
  });
  tx.afterCommit(() => scope.cache.invalidate(CHANNEL_CACHE, scope.tenantId));
}

const shown = ({ name, kind, isEnabled, getsReports, settings }: ChannelRow) => ({
  ...{ name, kind, isEnabled, getsReports },
  ...{ reportPace: settings.reportPace ?? 'DAILY', settings: settings.values, hints: settings.hints },
});
