import { buildTemplate } from '../src/platform/db/template.ts';

/** Part of `npm ci`: makes the migrated, empty database that first starts and tests copy. */
await buildTemplate().catch((error: Error) => {
  console.warn(`No database template (${error.message}); the first start will take a few seconds longer.`);
});
