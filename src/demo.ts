import type { App } from './app.ts';
import { createTenant, findTenant } from './control/tenancy/index.ts';

/** Placeholder until commerce/demo lands. */
export async function startDemo(app: App, slug: string, _signal: AbortSignal): Promise<void> {
  const tenant = await findTenant(app.database.directory, slug);
  if (!tenant) {
    await createTenant(app.platform(), {
      slug,
      name: 'Curio & Co.',
      timeZone: 'Europe/Berlin',
      reportingCurrency: 'EUR',
      isDemo: true,
    });
  }
}
