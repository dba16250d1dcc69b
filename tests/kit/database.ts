import type { PoolConfig } from 'pg';
import { DRONE_FLAG, seedFlagOn } from '../../src/control/flags/index.ts';
import { type Database, openDatabase } from '../../src/platform/db/database.ts';
import { platformScope } from './scope.ts';
import { copyTemplate, prepareTemplate } from './template.ts';

export interface OpenTestDatabase {
  database: Database;
  connection: PoolConfig;
  /** True on the server of DATABASE_URL; concurrency and crash tests only mean something there. */
  isServer: boolean;
  close(): Promise<void>;
}

/** A fresh migrated database, embedded or (with DATABASE_URL or `url`) on a server. */
export async function testDatabase(
  url: string | undefined = process.env.DATABASE_URL,
): Promise<OpenTestDatabase> {
  const template = process.env.TEST_TEMPLATE ?? (await prepareTemplate(url));
  const copy = await copyTemplate(url, template);
  const database = openDatabase(copy.connection, () => {});
  // Seeds are off; nearly every test wants deliveries.
  await seedFlagOn(platformScope(database), DRONE_FLAG);
  return {
    database,
    connection: copy.connection,
    isServer: url !== undefined,
    async close() {
      await database.close();
      await copy.drop();
    },
  };
}
