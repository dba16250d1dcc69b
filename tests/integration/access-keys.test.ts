import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ApiKeysDocument,
  CreateApiKeyDocument,
  CreateTenantDocument,
  EngineEventsDocument,
  EngineStatusDocument,
  RevokeApiKeyDocument,
  StartEngineDocument,
  TenantDocument,
  TenantsDocument,
  UpdateEngineSettingsDocument,
} from '../../operations/generated/graphql.ts';
import type { KeyScope } from '../../src/platform/scope.ts';
import { ADMIN_TOKEN, type Client, startServer, type TestServer } from '../kit/server.ts';

let server: TestServer;
let now = new Date('2026-11-20T12:00:00Z');
const logged: string[] = [];
/** Every secret of this file: none may ever stand in a log line. */
const secrets: string[] = [ADMIN_TOKEN];

beforeAll(async () => {
  server = await startServer({
    clock: () => now,
    log: pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) }),
  });
  await server.createTenant({ slug: 'acme' });
  await server.createTenant({ slug: 'other' });
});
afterAll(() => server?.stop());

const admin = (tenant = 'acme'): Client => server.client(ADMIN_TOKEN, tenant);
const later = (ms: number) => {
  now = new Date(now.getTime() + ms);
};

async function makeKey(
  scopes: KeyScope[],
  more: { expiresAt?: string; name?: string } = {},
  tenant = 'acme',
) {
  const { createApiKey } = await admin(tenant).run(CreateApiKeyDocument, {
    input: { name: scopes.join('+'), scopes, ...more },
  });
  if (createApiKey.__typename !== 'CreateApiKeyPayload') throw new Error(JSON.stringify(createApiKey));
  secrets.push(createApiKey.value);
  return { value: createApiKey.value, ...createApiKey.key };
}

const codeOf = async (client: Client): Promise<string | undefined> =>
  (await client.ask(TenantDocument)).errors?.[0]?.extensions.code;

describe('the platform admin', () => {
  test('acts on a tenant named by slug or by id', async () => {
    const { tenant } = await admin().run(TenantDocument);
    expect(tenant.slug).toBe('acme');
    const { id } = (await server.app.tenantScope('acme')).tenant;
    expect((await admin(id).run(TenantDocument)).tenant).toEqual(tenant);
  });

  test('is told when the tenant does not exist, or when none was named', async () => {
    const unknown = await admin('nobody').ask(TenantDocument);
    expect(unknown.errors).toMatchObject([
      { message: 'x-tenant names no tenant: "nobody".', extensions: { code: 'UNAUTHENTICATED' } },
    ]);
    const none = await server.client(ADMIN_TOKEN).ask(TenantDocument);
    expect(none.errors?.[0]?.extensions.code).toBe('VALIDATION_ERROR');
    expect((await server.client(ADMIN_TOKEN).run(TenantsDocument, {})).tenants.edges).toHaveLength(2);
  });

  test('creates tenants; a key of a tenant does not, whatever its scopes', async () => {
    const input = { slug: 'third', name: 'Third' };
    const { value } = await makeKey(['ADMIN']);
    const refused = await server.client(value).ask(CreateTenantDocument, { input });
    expect(refused.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
    const { createTenant } = await server.client(ADMIN_TOKEN).run(CreateTenantDocument, { input });
    expect(createTenant).toMatchObject({ __typename: 'CreateTenantPayload', tenant: { slug: 'third' } });
    const again = await server.client(ADMIN_TOKEN).run(CreateTenantDocument, { input });
    expect(again.createTenant).toMatchObject({ __typename: 'InvalidInput', path: ['slug'] });
  });
});

describe('a key', () => {
  test('shows its value once and is known by its prefix and last four characters', async () => {
    const { value, ...key } = await makeKey(['VIEWER', 'VIEWER'], { name: ' Dashboard ' });
    expect(value).toMatch(/^rk_live_[0-9A-Za-z]{8}_[0-9A-Za-z]{43}$/);
    expect(key).toMatchObject({
      name: 'Dashboard',
      prefix: value.slice(8, 16),
      last4: value.slice(-4),
      scopes: ['VIEWER'],
      status: 'ACTIVE',
      createdBy: 'platform-admin',
      expiresAt: null,
      lastUsedAt: null,
    });
    const answer = await admin().ask(ApiKeysDocument, { first: 50 });
    expect(answer.data.apiKeys.edges.map(({ node }) => node)).toContainEqual(key);
    expect(JSON.stringify(answer)).not.toContain(value.slice(17, -4));
  });

  test('is stored as a hash only', async () => {
    const { value, id } = await makeKey(['VIEWER']);
    const scope = await server.app.tenantScope('acme');
    const row = await scope.db.row('SELECT * FROM api_key WHERE tenant_id = $1 AND id = $2', [
      scope.tenantId,
      id,
    ]);
    expect(JSON.stringify(row)).not.toContain(value.slice(17, -4));
    const audit = await scope.db.rows('SELECT * FROM audit_entry WHERE tenant_id = $1', [scope.tenantId]);
    expect(audit.length).toBeGreaterThan(0);
    expect(JSON.stringify(audit)).not.toContain(value.slice(17, -4));
  });

  test('opens its own tenant only, named or not', async () => {
    const { value } = await makeKey(['VIEWER']);
    for (const tenant of [undefined, 'acme', (await server.app.tenantScope('acme')).tenantId]) {
      expect((await server.client(value, tenant).run(TenantDocument)).tenant.slug).toBe('acme');
    }
    for (const tenant of ['other', 'nobody', (await server.app.tenantScope('other')).tenantId]) {
      expect(await codeOf(server.client(value, tenant))).toBe('UNAUTHENTICATED');
    }
  });

  test('remembers its last use, to a minute', async () => {
    const { value, prefix } = await makeKey(['VIEWER']);
    const lastUsed = async () =>
      (await admin().run(ApiKeysDocument, { first: 100 })).apiKeys.edges.find(
        ({ node }) => node.prefix === prefix,
      )?.node.lastUsedAt;
    const first = now.toISOString();
    await server.client(value).run(TenantDocument);
    expect(await lastUsed()).toBe(first);
    later(59_000);
    await server.client(value).run(TenantDocument);
    expect(await lastUsed()).toBe(first);
    later(1_000);
    await server.client(value).run(TenantDocument);
    expect(await lastUsed()).toBe(now.toISOString());
  });

  test('ends at its expiry', async () => {
    const { value } = await makeKey(['VIEWER'], {
      expiresAt: new Date(now.getTime() + 60_000).toISOString(),
    });
    later(59_999);
    expect(await codeOf(server.client(value))).toBeUndefined();
    later(1);
    const answer = await server.client(value).ask(TenantDocument);
    expect(answer.errors).toMatchObject([
      { message: 'This key is expired.', extensions: { code: 'UNAUTHENTICATED' } },
    ]);
  });

  test.each([
    [{ name: '', scopes: ['VIEWER'] }, ['name']],
    [{ name: 'x', scopes: [] }, ['scopes']],
    [{ name: 'x', scopes: ['VIEWER'], expiresAt: '2020-01-01T00:00:00Z' }, ['expiresAt']],
  ] as const)('is refused as %j', async (input, path) => {
    const { createApiKey } = await admin().run(CreateApiKeyDocument, { input: input as never });
    expect(createApiKey).toMatchObject({ __typename: 'InvalidInput', path });
  });

  test('of another tenant cannot be revoked and looks as if it did not exist', async () => {
    const { value, id } = await makeKey(['VIEWER']);
    const { revokeApiKey } = await admin('other').run(RevokeApiKeyDocument, { input: { id } });
    expect(revokeApiKey).toMatchObject({ __typename: 'NotFound', code: 'NOT_FOUND' });
    expect(await codeOf(server.client(value))).toBeUndefined();
  });

  test('is refused at latest 2 s after it was revoked, and revoking twice changes nothing', async () => {
    const { value, id } = await makeKey(['VIEWER']);
    expect(await codeOf(server.client(value))).toBeUndefined();
    const { revokeApiKey } = await admin().run(RevokeApiKeyDocument, { input: { id } });
    expect(revokeApiKey).toMatchObject({ key: { status: 'REVOKED', revokedAt: now.toISOString() } });
    later(2_001);
    const answer = await server.client(value).ask(TenantDocument);
    expect(answer.errors).toMatchObject([
      { message: 'This key is revoked.', extensions: { code: 'UNAUTHENTICATED' } },
    ]);
    expect((await admin().run(RevokeApiKeyDocument, { input: { id } })).revokeApiKey).toEqual(revokeApiKey);
  });
});

describe('a wrong credential', () => {
  test('is told nothing that depends on what exists', async () => {
    const { value } = await makeKey(['VIEWER']);
    const forged = value.slice(0, -43) + 'A'.repeat(43);
    const unknown = `rk_live_${randomBytes(4).toString('hex')}_${'A'.repeat(43)}`;
    const answers = await Promise.all(
      [forged, unknown].map((credential) => server.client(credential).ask(TenantDocument)),
    );
    for (const { data, errors } of answers) {
      expect(data ?? null).toBeNull();
      expect(errors).toMatchObject([
        { message: 'This key does not exist.', extensions: { code: 'UNAUTHENTICATED' } },
      ]);
    }
    for (const credential of ['nonsense', `${ADMIN_TOKEN}x`, ADMIN_TOKEN.slice(1), 'rk_live_x_y']) {
      const { errors } = await server.client(credential, 'acme').ask(TenantDocument);
      expect(errors).toMatchObject([
        {
          message: 'This is neither a key of ours nor the admin token.',
          extensions: { code: 'UNAUTHENTICATED' },
        },
      ]);
    }
  });

  test('cannot use a prefix to push the true key out', async () => {
    const { value } = await makeKey(['VIEWER']);
    for (let n = 0; n < 20; n++) await codeOf(server.client(value.slice(0, -43) + 'B'.repeat(43)));
    expect(await codeOf(server.client(value))).toBeUndefined();
  });

  test('no credential sees nothing but the door', async () => {
    const response = await fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{ tenant { id } }"}',
    });
    const { errors } = (await response.json()) as { errors: { extensions: { code: string } }[] };
    expect(errors[0]?.extensions.code).toBe('UNAUTHENTICATED');
  });
});

describe('scopes, field by field', () => {
  const FORBIDDEN = 'FORBIDDEN';
  const operations: [string, (client: Client) => Promise<{ errors?: { extensions: { code: string } }[] }>][] =
    [
      ['tenant', (client) => client.ask(TenantDocument)],
      ['engineStatus', (client) => client.ask(EngineStatusDocument)],
      ['startEngine', (client) => client.ask(StartEngineDocument)],
      ['updateEngineSettings', (client) => client.ask(UpdateEngineSettingsDocument, { input: {} })],
      ['apiKeys', (client) => client.ask(ApiKeysDocument, {})],
      [
        'createApiKey',
        (client) => client.ask(CreateApiKeyDocument, { input: { name: 'x', scopes: ['VIEWER'] } }),
      ],
      ['tenants', (client) => client.ask(TenantsDocument, {})],
    ];
  const allowed: Record<KeyScope, string[]> = {
    VIEWER: ['tenant', 'engineStatus'],
    FINANCE: ['tenant', 'engineStatus'],
    OPERATOR: ['tenant', 'engineStatus', 'startEngine'],
    ADMIN: ['tenant', 'engineStatus', 'startEngine', 'updateEngineSettings', 'apiKeys', 'createApiKey'],
    INGEST: [],
  };

  test.each(Object.entries(allowed) as [KeyScope, string[]][])('%s may %j', async (scope, names) => {
    const { value } = await makeKey([scope]);
    const client = server.client(value);
    const found = await Promise.all(
      operations.map(async ([name, ask]) => [name, (await ask(client)).errors?.[0]?.extensions.code]),
    );
    expect(found).toEqual(operations.map(([name]) => [name, names.includes(name) ? undefined : FORBIDDEN]));
  });

  test('a refusal names the scopes of which one would do', async () => {
    const { value: ingest } = await makeKey(['INGEST']);
    const { value: all } = await makeKey(['ADMIN']);
    const refused = async (query: string, value = ingest) => {
      const response = await fetch(server.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${value}` },
        body: JSON.stringify({ query }),
      });
      const { errors } = (await response.json()) as { errors: { message: string; extensions: object }[] };
      return [errors[0]?.message, errors[0]?.extensions];
    };
    const set = 'input: { key: "AUTOSCALE_ENABLED", value: true }';
    expect(await refused(`mutation { setFlag(${set}) { __typename } }`)).toEqual([
      'Your key lacks a scope for Mutation.setFlag: it needs ADMIN.',
      { code: FORBIDDEN, requiredScopes: ['ADMIN'] },
    ]);
    expect(await refused('mutation { executeCycle { __typename } }')).toEqual([
      'Your key lacks a scope for Mutation.executeCycle: it needs OPERATOR or ADMIN.',
      { code: FORBIDDEN, requiredScopes: ['OPERATOR', 'ADMIN'] },
    ]);
    // Freezing is for ADMIN alone (spec j.5: any admin).
    expect(await refused('mutation { setStabiliseMode(input: { isOn: true }) { __typename } }')).toEqual([
      'Your key lacks a scope for Mutation.setStabiliseMode: it needs ADMIN.',
      { code: FORBIDDEN, requiredScopes: ['ADMIN'] },
    ]);
    const put = 'input: { namespace: "x", key: "y", value: 1 }';
    expect(await refused(`mutation { putKv(${put}) { __typename } }`)).toEqual([
      'Your key lacks a scope for Mutation.putKv: it needs OPERATOR, FINANCE or ADMIN.',
      { code: FORBIDDEN, requiredScopes: ['OPERATOR', 'FINANCE', 'ADMIN'] },
    ]);
    expect(await refused('{ tenants { edges { node { slug } } } }', all)).toEqual([
      'Your key lacks a scope for Query.tenants: it needs the admin token.',
      { code: FORBIDDEN, requiredScopes: [] },
    ]);
  });

  test('a subscription needs VIEWER', async () => {
    const { value } = await makeKey(['INGEST']);
    const events = server.client(value).subscribe(EngineEventsDocument, { after: '0' });
    await expect(events.next()).rejects.toThrow(
      'Your key lacks a scope for Subscription.engineEvents: it needs VIEWER, OPERATOR, FINANCE or ADMIN.',
    );
  });

  test('a refused mutation has done nothing', async () => {
    const { value } = await makeKey(['VIEWER']);
    const before = (await admin().run(ApiKeysDocument, { first: 100 })).apiKeys.edges.length;
    await server.client(value).ask(CreateApiKeyDocument, { input: { name: 'x', scopes: ['ADMIN'] } });
    expect((await admin().run(ApiKeysDocument, { first: 100 })).apiKeys.edges).toHaveLength(before);
  });
});

test('a key is one credential however it is written, and its text is no part of it', async () => {
  const { value } = await makeKey(['VIEWER']);
  const { tenant } = await server.client(value).run(TenantDocument);
  const { host } = server.app;
  const ways: [string, string?][] = [
    ...([[`Bearer ${value}`], [`bEARER \t ${value}`], [`Bearer ${value}`, 'acme']] as [string, string?][]),
    [`Bearer\u2003${value}`, tenant.slug],
  ];
  const found = await Promise.all(
    ways.map(async ([authorization, name]) => {
      const context = await host.context({ authorization, tenant: name }, 'request');
      return host.session(context).credential;
    }),
  );
  expect(new Set(found).size).toBe(1);
  expect(value).not.toContain(found[0]?.replace('key:', ''));
});

describe('open subscriptions end within 5 s', () => {
  /** The clock of this server stands still, so it is moved while the server waits. */
  async function endsAfter(end: (key: { id: string }) => Promise<void>, more: { expiresAt?: string } = {}) {
    const key = await makeKey(['VIEWER'], more);
    const ws = server.client(key.value).subscribe(EngineEventsDocument, {});
    // That the key was revoked is an event too, and may still be heard.
    const wsEnd = (async () => {
      for await (const _event of ws);
      return 'ended without a word';
    })().catch((errors: unknown) => JSON.stringify(errors));
    const response = await fetch(server.url, {
      method: 'POST',
      headers: {
        accept: 'text/event-stream',
        'content-type': 'application/json',
        authorization: `Bearer ${key.value}`,
      },
      body: JSON.stringify({ query: 'subscription { engineEvents { seq } }' }),
    });
    expect(response.status).toBe(200);
    await sleep(300);
    await end(key);
    const ended = now.getTime();
    const ticking = setInterval(() => later(100), 100);
    const [message, text] = await Promise.all([wsEnd, response.text()]);
    clearInterval(ticking);
    // By the server's clock, which a busy machine slows down as it slows down the server.
    expect(now.getTime() - ended).toBeLessThanOrEqual(5_000);
    return { message, text };
  }

  test('when the key is revoked', async () => {
    const { message, text } = await endsAfter(async ({ id }) => {
      await admin().run(RevokeApiKeyDocument, { input: { id } });
    });
    expect(message).toContain('KEY_REVOKED');
    expect(text).toContain('KEY_REVOKED');
    expect(text).toContain('event: complete');
  });

  test('when the key expires', async () => {
    const expiresAt = new Date(now.getTime() + 1_500).toISOString();
    const { message, text } = await endsAfter(async () => {}, { expiresAt });
    expect(message).toContain('KEY_REVOKED');
    expect(text).toContain('KEY_REVOKED');
  });
});

test('no secret has been logged', () => {
  const text = logged.join('\n');
  for (const secret of secrets) expect(text).not.toContain(secret.slice(-40));
});
