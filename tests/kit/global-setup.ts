import { prepareTemplate } from './template.ts';

/** One migrated template for all; the workers inherit its name through the environment. */
export default async function setup(): Promise<void> {
  process.env.TEST_TEMPLATE = await prepareTemplate(process.env.DATABASE_URL);
}
