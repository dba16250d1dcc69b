import { rm } from 'node:fs/promises';
import { prepareTemplate } from './template.ts';

/** One migrated template per run; the workers inherit its name through the environment. */
export default async function setup(): Promise<() => Promise<void>> {
  const url = process.env.DATABASE_URL;
  const template = await prepareTemplate(url);
  process.env.TEST_TEMPLATE = template;
  return async () => {
    if (!url) await rm(template, { recursive: true, force: true });
  };
}
