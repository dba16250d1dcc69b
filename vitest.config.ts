import { existsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

const globalSetup = 'tests/kit/global-setup.ts';
const exclude = ['**/node_modules/**', '**/generated/**', 'bench/**'];

export default defineConfig({
  // Vite would take graphql's ES module where Node (and every library) takes its CommonJS one: two realms.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    pool: 'forks',
    maxWorkers: 3,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['src/**/*.test.ts', 'schema/**/*.test.ts'], exclude },
      },
      {
        extends: true,
        // Only these need a database, so `vitest --project unit` starts at once.
        test: {
          name: 'system',
          include: ['tests/**/*.test.ts'],
          exclude,
          globalSetup: existsSync(globalSetup) ? [globalSetup] : [],
        },
      },
    ],
  },
});
