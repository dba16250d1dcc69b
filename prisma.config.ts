import { defineConfig } from 'prisma/config';

const url = process.env.DATABASE_URL;

/** Read by the Prisma CLI only; `generate` needs no database, `migrate deploy` needs DATABASE_URL. */
export default defineConfig({
  schema: 'prisma/schema',
  migrations: { path: 'prisma/migrations' },
  ...(url ? { datasource: { url } } : {}),
});
