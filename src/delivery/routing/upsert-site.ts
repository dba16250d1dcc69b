import { idempotently } from '../../control/access/index.ts';
import { writeAudit } from '../../control/audit/index.ts';
import { NotFoundError, VersionConflictError } from '../../kernel/errors.ts';
import type { Scope } from '../../platform/scope.ts';
import { checkSite, type LaunchSiteInput } from './edit-site.ts';
import type { LaunchSiteRow } from './launch-site.ts';
import { launchSitesById } from './read-sites.ts';
import { lockHubs } from './store.ts';
import { loadSiteRows, putSites } from './store-sites.ts';

/**
 * Creates a launch site or changes all of it; audited. VersionConflictError when `expectedVersion` is not the current
 * one, NotFoundError when it is given and there is no such site, ValidationError for everything that cannot work.
 * Once per idempotency key.
 */
export async function upsertLaunchSite(
  scope: Scope,
  input: LaunchSiteInput,
  expectedVersion: number | null = null,
  idempotencyKey?: string | null,
): Promise<LaunchSiteRow> {
  const request = ['upsertLaunchSite', input, expectedVersion];
  const work = async () => (await upsert(scope, input, expectedVersion)).id;
  return idempotently(scope, idempotencyKey, request, work, async (id) => {
    const [site] = await launchSitesById(scope, [id]);
    if (!site) throw new NotFoundError('launch site', id);
    return site;
  });
}

async function upsert(
  scope: Scope,
  input: LaunchSiteInput,
  expectedVersion: number | null,
): Promise<LaunchSiteRow> {
  const { tenantId, now, db } = scope;
  return db.tx(async (tx) => {
    // Whoever edits the network holds its hubs, so that edits of hubs and sites come one after the other.
    const hubs = await lockHubs(tx, tenantId);
    const sites = await loadSiteRows(tx, tenantId);
    const before = sites.find((site) => site.id === input.id) ?? null;
    if (expectedVersion !== null) {
      if (!before) throw new NotFoundError('launch site', input.id);
      if (before.version !== expectedVersion) {
        throw new VersionConflictError('launch site', expectedVersion, before.version);
      }
    }
    const others = sites.filter((site) => site !== before);
    checkSite(input, hubs, others);
    const { isEnabled, ...fields } = input;
    const next = { ...fields, name: input.name.trim(), enabled: isEnabled ?? before?.enabled ?? true };
    const [after] = (await putSites(tx, tenantId, [next], now)) as [LaunchSiteRow];
    await writeAudit(scope, tx, {
      action: 'launch_site.upsert',
      subject: after.id,
      before: before && { ...before },
      after: { ...after },
    });
    return after;
  });
}
