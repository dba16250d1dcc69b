import { ConfigError, readMigrationConfig } from '../config.ts';
import { migrate } from '../platform/db/migrate.ts';

/** `npm run migrate`: brings the database of DATABASE_URL to this version, as its owner. */
try {
  const config = readMigrationConfig();
  if (config.isEmbedded) {
    process.stdout.write(
      'Nothing to do: without DATABASE_URL the embedded database migrates itself at start.\n',
    );
  } else {
    const applied = await migrate({ connectionString: config.DATABASE_URL, max: 1 });
    process.stdout.write(
      applied.length === 0 ? 'The database is up to date.\n' : `Applied ${applied.join(', ')}.\n`,
    );
  }
} catch (error) {
  const isConfig = error instanceof ConfigError;
  process.stdout.write(`${isConfig ? error.message : `The migration failed: ${(error as Error).message}`}\n`);
  process.exitCode = 1;
}
