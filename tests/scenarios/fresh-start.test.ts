import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TenantsDocument } from '../../operations/generated/graphql.ts';
import { testDatabase } from '../kit/database.ts';
import { type Program, serviceUrl, startProgram } from '../kit/process.ts';
import { ADMIN_TOKEN, createApiClient } from '../kit/server.ts';

const count = (text: string, part: string): number => text.split(part).length - 1;

describe('npm start on an empty folder', () => {
  let folder: string;
  let program: Program;
  let token: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'revenue-fresh-'));
    program = startProgram({ DATA_DIR: join(folder, 'a', 'data') });
    await program.url();
    token = (await readFile(join(folder, 'a', 'data', 'admin-token'), 'utf8')).trim();
  }, 120_000);
  afterAll(async () => {
    await program?.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  test('keeps its secrets for the owner alone and shows the token once', async () => {
    for (const name of ['admin-token', 'key-pepper']) {
      expect((await stat(join(folder, 'a', 'data', name))).mode & 0o777).toBe(0o600);
    }
    expect(token.length).toBeGreaterThanOrEqual(32);
    expect(count(program.stdout, token)).toBe(1);
    expect(count(program.stdout, 'Revenue engine is up.')).toBe(1);
    expect(program.stderr).toBe('');
  });

  test('answers the token it has shown, and says that it is ready', async () => {
    const url = await program.url();
    const { tenants } = await createApiClient(url, token).run(TenantsDocument, {});
    expect(tenants.edges).toEqual([]);
    for (const path of ['/livez', '/readyz', '/metrics']) {
      expect((await fetch(url.replace('/graphql', path))).status).toBe(200);
    }
  });

  test('a second start on the same folder is refused with a sentence, the first goes on', async () => {
    const second = startProgram({ DATA_DIR: join(folder, 'a', 'data') });
    expect(await second.ended).toEqual({ code: 1, signal: null });
    expect(second.stderr).toMatch(/^Another process is running on .+ Stop it first, or set DATA_DIR .+\n$/);
    await createApiClient(await program.url(), token).run(TenantsDocument, {});
  }, 60_000);

  test('a port that is taken is named', async () => {
    const { port } = new URL(await program.url());
    const second = startProgram({ DATA_DIR: join(folder, 'b'), PORT: port });
    expect(await second.ended).toEqual({ code: 1, signal: null });
    expect(second.stderr).toBe(
      `PORT ${port} on 127.0.0.1 is in use; stop what listens there or set another PORT.\n`,
    );
  }, 60_000);

  test('stops politely at SIGTERM, and starts again without showing the token', async () => {
    const started = performance.now();
    expect(await program.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(performance.now() - started).toBeLessThan(10_000);
    program = startProgram({ DATA_DIR: join(folder, 'a', 'data') });
    await createApiClient(await program.url(), token).run(TenantsDocument, {});
    expect(program.stdout).not.toContain(token);
    expect(program.stdout).toContain(join(folder, 'a', 'data', 'admin-token'));
  }, 60_000);
});

describe('a wrong environment', () => {
  test.each([
    [{ PORT: 'eighty-secret' }, 'PORT'],
    [{ PORT: '70000' }, 'PORT'],
    [{ ADMIN_TOKEN: 'short-secret' }, 'ADMIN_TOKEN'],
    [{ KEY_PEPPER: 'secret' }, 'KEY_PEPPER'],
    [{ DATABASE_URL: 'mysql://user:secret@host/db' }, 'DATABASE_URL'],
    [{ DATABASE_URL: 'postgres://user:secret@127.0.0.1:1/db' }, 'ADMIN_TOKEN'],
    [{ DATABASE_URL: 'postgres://user:secret@127.0.0.1:1/db', ADMIN_TOKEN, KEY_PEPPER: '' }, 'KEY_PEPPER'],
    [{ REDIS_URL: 'secret' }, 'REDIS_URL'],
    [{ ROLE: 'secret' }, 'ROLE'],
    [{ ROLE: 'worker' }, 'ROLE'],
    [{ DEMO: 'secret' }, 'DEMO'],
    [{ CHECK_INTERVAL_MINUTES: '0' }, 'CHECK_INTERVAL_MINUTES'],
    [{ LOG_LEVEL: 'secret' }, 'LOG_LEVEL'],
  ] as [Record<string, string>, string][])(
    '%j is refused by the name of %s',
    async (env, name) => {
      const program = startProgram({ DATA_DIR: join(tmpdir(), 'revenue-never'), ...env });
      expect(await program.ended).toEqual({ code: 1, signal: null });
      expect(program.stderr).toMatch(new RegExp(`^The environment is wrong:\n  ${name} .+\n$`));
      expect(program.stderr + program.stdout).not.toContain('secret');
    },
    60_000,
  );

  test('every wrong variable is named at once', async () => {
    const program = startProgram({ PORT: '-1', ROLE: 'none', DEMO: 'maybe' });
    await program.ended;
    expect(
      program.stderr
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.trim().split(' ')[0]),
    ).toEqual([...['PORT', 'ROLE', 'DEMO']]);
  }, 60_000);

  test('a database that cannot be reached is one sentence without the password', async () => {
    const program = startProgram({ DATABASE_URL: 'postgres://user:secret@127.0.0.1:1/db', ADMIN_TOKEN });
    expect(await program.ended).toEqual({ code: 1, signal: null });
    expect(program.stderr).toMatch(/^DATABASE_URL cannot be reached: .+\n$/);
    expect(program.stderr + program.stdout).not.toContain('secret');
  }, 60_000);
});

describe.skipIf(!serviceUrl('DATABASE_URL'))('a server database (needs DATABASE_URL)', () => {
  async function refusal(spoil: (client: pg.Client) => Promise<unknown>): Promise<string> {
    const db = await testDatabase();
    try {
      const url = String(db.connection.connectionString);
      const client = new pg.Client(url);
      await client.connect();
      await spoil(client);
      await client.end();
      const program = startProgram({ DATABASE_URL: url, ADMIN_TOKEN });
      expect(await program.ended).toEqual({ code: 1, signal: null });
      return program.stderr;
    } finally {
      await db.close();
    }
  }

  test.each<[string, (client: pg.Client) => Promise<unknown>, RegExp]>([
    [
      'empty',
      (client) => client.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public'),
      /^The database is empty\. Run: npm run migrate\n$/,
    ],
    [
      'behind',
      (client) => client.query('DELETE FROM _prisma_migrations'),
      /^The database is behind by \d{14}_foundation(?:, \d{14}_\w+)*\. Run: npm run migrate\n$/,
    ],
    [
      'ahead',
      (client) =>
        client.query(`INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at)
          VALUES ('x', 'x', '20991231000000_future', now())`),
      /^The database is ahead of this program \(20991231000000_future\)\. Deploy the version that made it\.\n$/,
    ],
    [
      'half-migrated',
      (client) => client.query('UPDATE _prisma_migrations SET finished_at = NULL'),
      /^Migration \d{14}_foundation failed half-way; repair it before starting\.\n$/,
    ],
  ])(
    'that is %s is refused with what to do',
    async (_name, spoil, message) => {
      expect(await refusal(spoil)).toMatch(message);
    },
    60_000,
  );

  test('serves as worker or web, and stops at SIGTERM', async () => {
    const db = await testDatabase();
    for (const ROLE of ['worker', 'web']) {
      const program = startProgram({
        DATABASE_URL: String(db.connection.connectionString),
        ADMIN_TOKEN,
        ROLE,
      });
      await createApiClient(await program.url(), ADMIN_TOKEN).run(TenantsDocument, {});
      const started = performance.now();
      expect(await program.kill('SIGTERM')).toEqual({ code: 0, signal: null });
      expect(performance.now() - started).toBeLessThan(10_000);
      expect(program.stdout).not.toContain(ADMIN_TOKEN);
    }
    await db.close();
  }, 120_000);
});
