import { setTimeout as sleep } from 'node:timers/promises';
import type { App } from './app.ts';
import { runTrickle, seedDemo } from './commerce/demo/index.ts';
import { DRONE_FLAG, getSteering, setFlag } from './control/flags/index.ts';
import { createTenant, findTenant } from './control/tenancy/index.ts';
import { prepareDemoDelivery, runDemoShoppers } from './delivery/demo/index.ts';
import { seedDemoFinance } from './finance/demo/index.ts';
import { floorHour } from './kernel/time.ts';
import type { Scope } from './platform/scope.ts';
import { runDemoMetrics } from './reliability/demo/index.ts';

const TRICKLE_MS = 30_000;

/**
 * Keeps the demo shop alive: makes it at the first start, lets the engine look at it once, then sells something every
 * now and then. Every step is idempotent, so that a restart goes on where the last one stopped.
 */
export async function startDemo(app: App, slug: string, signal: AbortSignal): Promise<void> {
  const existing = await findTenant(app.database.directory, slug);
  const tenant =
    existing ??
    (await createTenant(app.platform(), {
      ...{ slug, name: 'Curio & Co.', timeZone: 'Europe/Berlin', reportingCurrency: 'EUR', isDemo: true },
    }));
  if (!tenant.isDemo) return;
  // The history ends where the tenant begins, so that a restart asks for the very same facts again.
  const endAt = floorHour(tenant.createdAt);
  const log = app.source.log.child({ demo: slug });
  let shown = 0;
  const { created } = await seedDemo(await app.tenantScope(slug), {
    endAt,
    signal,
    onProgress: ({ done, total }) => {
      const percent = Math.floor((done / total) * 10) * 10;
      if (percent === shown) return;
      shown = percent;
      log.info(`Demo shop: ${percent} % of ${total} facts`);
    },
  });
  await wantDrones(await app.tenantScope(slug));
  await prepareDemoDelivery(await app.tenantScope(slug));
  if (created > 0) await seedDemoFinance(await app.tenantScope(slug), endAt);
  let since = endAt;
  while (!signal.aborted) {
    const now = app.clock();
    await runTrickle(await app.tenantScope(slug), since, now);
    if (created > 0 && since === endAt) await firstCycle(app, slug);
    await runDemoShoppers(await app.tenantScope(slug), since);
    await runDemoMetrics(await app.tenantScope(slug));
    since = now;
    await sleep(TRICKLE_MS, undefined, { signal, ref: false }).catch(() => {});
  }
}

/** The demo shop flies; once, so that a person who switches it off is heard. */
async function wantDrones(scope: Scope): Promise<void> {
  const { flags } = await getSteering(scope, scope.db);
  if (flags.isOn(DRONE_FLAG) || flags.isOverridden(DRONE_FLAG)) return;
  await setFlag(scope, { key: DRONE_FLAG, value: true, reason: 'The demonstration shows drone deliveries.' });
}

async function firstCycle(app: App, slug: string): Promise<void> {
  const { cycle } = await app.engine.execute(await app.tenantScope(slug), { trigger: 'MANUAL' });
  app.source.log.info({ demo: slug, report: cycle.report }, `First cycle: ${cycle.status}`);
}
