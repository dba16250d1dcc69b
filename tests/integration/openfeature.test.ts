import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { connect as connectTo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { OpenFeature, ProviderEvents } from '@openfeature/server-sdk';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { CreateApiKeyDocument, CreateFlagDocument } from '../../operations/generated/graphql.ts';
import type { RevenueEngineProvider as Declared } from '../../src/openfeature/index.d.ts';
import { RevenueEngineProvider } from '../../src/openfeature/provider.ts';
import { eventually } from '../kit/process.ts';
import { ADMIN_TOKEN, type Client, startServer, type TestServer } from '../kit/server.ts';
import { done, set } from './flags-kit.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);

let server: TestServer;
let acme: Client;
let platform: Client;
let apiKey: string;

beforeAll(async () => {
  server = await startServer();
  await server.createTenant({ slug: 'acme' });
  acme = server.client(ADMIN_TOKEN, 'acme');
  platform = server.client(ADMIN_TOKEN, 'platform');
  const made = await acme.run(CreateApiKeyDocument, { input: { name: 'shop', scopes: ['VIEWER'] } });
  apiKey = (made.createApiKey as unknown as { value: string }).value;
  const input = {
    ...{ key: 'CHECKOUT', type: 'STRING' as const, defaultValue: 'classic' },
    options: {
      rules: [
        { conditions: [{ attribute: 'country', operator: 'EQ' as const, values: ['DE'] }], value: 'express' },
        { id: 'part', percentage: 50, value: 'express' },
      ],
    },
  };
  done((await acme.run(CreateFlagDocument, { input })).createFlag);
  done(
    (await acme.run(CreateFlagDocument, { input: { key: 'LIMITS', type: 'JSON', defaultValue: { max: 3 } } }))
      .createFlag,
  );
});
afterAll(() => server?.stop());
afterEach(() => OpenFeature.clearProviders());

const connect = async (options: Partial<ConstructorParameters<typeof RevenueEngineProvider>[0]> = {}) => {
  const provider = new RevenueEngineProvider({ url: server.url, apiKey, reconnectMs: [20, 50], ...options });
  await OpenFeature.setProviderAndWait(provider);
  return OpenFeature.getClient();
};

describe('through the OpenFeature SDK', () => {
  test('values of every type, with the reasons of the server', async () => {
    const client = await connect();
    expect(await client.getBooleanDetails('FLAG_DRONE_DELIVERY_ENABLED', false)).toMatchObject({
      ...{ value: true, reason: 'STATIC', variant: 'default', flagMetadata: { version: 2 } },
    });
    expect(await client.getStringDetails('CHECKOUT', 'none', { country: 'DE' })).toMatchObject({
      ...{ value: 'express', reason: 'TARGETING_MATCH', variant: 'rule-1' },
    });
    expect(await client.getStringDetails('CHECKOUT', 'none', { country: 'FR' })).toMatchObject({
      ...{ value: 'classic', reason: 'DEFAULT' },
      flagMetadata: { note: 'part counts by targetingKey, which the context lacks; the default is served.' },
    });
    const split = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        client.getStringDetails('CHECKOUT', 'none', { targetingKey: `u${i}` }),
      ),
    );
    expect(new Set(split.map(({ reason }) => reason))).toEqual(new Set(['SPLIT', 'DEFAULT']));
    expect(await client.getObjectValue('LIMITS', {})).toEqual({ max: 3 });
    expect(await client.getNumberDetails('CHECKOUT', 7)).toMatchObject({
      value: 7,
      errorCode: 'TYPE_MISMATCH',
    });
    expect(await client.getBooleanDetails('NO_SUCH', true)).toMatchObject({
      ...{ value: true, reason: 'ERROR', errorCode: 'FLAG_NOT_FOUND' },
    });
  });

  test('a change of one’s own and of the installation’s is seen within two seconds', async () => {
    const client = await connect();
    const changed: string[] = [];
    client.addHandler(ProviderEvents.ConfigurationChanged, (details) => {
      changed.push(...(details?.flagsChanged ?? []));
    });
    for (const [by, key] of [
      [acme, 'AUTOSCALE_ENABLED'],
      [platform, 'INCIDENT_AUTORECOVER'],
    ] as const) {
      const started = performance.now();
      await set(by, { key, value: true, reason: 'tried out' });
      await eventually(`${key} is on`, () => client.getBooleanValue(key, false), 5_000);
      expect(performance.now() - started).toBeLessThan(2_000);
    }
    expect(changed).toEqual(['AUTOSCALE_ENABLED', 'INCIDENT_AUTORECOVER']);
    await set(platform, { key: 'INCIDENT_AUTORECOVER', value: false });
  });
});

test('while the server is away the last known values are CACHED; back again, what changed meanwhile is seen', async () => {
  // A door that can be shut in front of the real server.
  let isShut = false;
  const sockets = new Set<Socket>();
  const door = createServer((near) => {
    if (isShut) return void near.destroy();
    const far = connectTo(Number(new URL(server.url).port), '127.0.0.1');
    for (const socket of [near, far]) sockets.add(socket.on('error', () => {}));
    near.pipe(far).pipe(near);
  });
  const shut = () => {
    isShut = true;
    for (const socket of sockets) socket.destroy();
  };
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  const { port } = door.address() as { port: number };
  const client = await connect({ url: `http://127.0.0.1:${port}/graphql` });
  const told: string[] = [];
  for (const event of [
    ProviderEvents.Stale,
    ProviderEvents.Ready,
    ProviderEvents.ConfigurationChanged,
  ] as const) {
    client.addHandler(event, () => void told.push(event));
  }
  told.length = 0;
  shut();
  await eventually('the provider is stale', async () => told.includes(ProviderEvents.Stale), 5_000);
  expect(client.providerStatus).toBe('STALE');
  expect(await client.getStringDetails('CHECKOUT', 'none', { country: 'DE' })).toMatchObject({
    ...{ value: 'express', reason: 'CACHED', flagMetadata: { note: 'Last known; then TARGETING_MATCH.' } },
  });
  await set(acme, { key: 'LIMITS', value: { max: 4 } });
  expect(await client.getObjectDetails('LIMITS', {})).toMatchObject({ value: { max: 3 }, reason: 'CACHED' });
  isShut = false;
  await eventually(
    'it is ready again',
    async () => told.includes(ProviderEvents.ConfigurationChanged),
    5_000,
  );
  expect(told).toEqual([ProviderEvents.Stale, ProviderEvents.Ready, ProviderEvents.ConfigurationChanged]);
  expect(await client.getObjectDetails('LIMITS', {})).toMatchObject({ value: { max: 4 }, reason: 'STATIC' });
  await OpenFeature.clearProviders();
  shut();
  door.close();
});

test('a wrong key and a server that is not there are errors, and the callers’ defaults are served', async () => {
  await expect(connect({ apiKey: 'rk_live_wrong' })).rejects.toThrow(/401|key/);
  await expect(connect({ url: 'http://127.0.0.1:9/graphql' })).rejects.toThrow('fetch failed');
  const client = OpenFeature.getClient();
  expect(await client.getBooleanDetails('FLAG_DRONE_DELIVERY_ENABLED', false)).toMatchObject({
    ...{ value: false, reason: 'ERROR' },
  });
});

test('the package as it is installed: plain JavaScript, no dependencies of the engine, and its declared types are true', async () => {
  const provider: Declared = new RevenueEngineProvider({ url: server.url, apiKey });
  expect(provider.metadata.name).toBe('revenue-engine');
  const folder = await mkdtemp(join(tmpdir(), 'revenue-openfeature-'));
  const modules = join(folder, 'node_modules');
  const built = join(folder, 'built');
  const script = 'scripts/build-openfeature.ts';
  await run(process.execPath, [script, built], { cwd: ROOT });
  // As npm does it after `npm pack` at the root.
  const env = { ...process.env, npm_config_pack_destination: folder };
  await run(process.execPath, [script, '--pack', built], { cwd: ROOT, env });
  await mkdir(modules, { recursive: true });
  await run('sh', ['-c', `tar xzf *.tgz && mv package node_modules/revenue-engine`], { cwd: folder });
  const installed = join(modules, 'revenue-engine');
  const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
  const { peerDependencies, dependencies, scripts, exports } = manifest;
  expect(Object.keys(peerDependencies)).toEqual(['@openfeature/server-sdk']);
  expect([dependencies, scripts, Object.keys(exports)]).toEqual([undefined, undefined, ['./openfeature']]);
  // Nothing else is there to be found: whatever it imports came along.
  await symlink(join(ROOT, 'node_modules', '@openfeature'), join(modules, '@openfeature'));
  await writeFile(
    join(folder, 'program.mjs'),
    `import { OpenFeature } from '@openfeature/server-sdk';
     import { RevenueEngineProvider } from 'revenue-engine/openfeature';
     await OpenFeature.setProviderAndWait(new RevenueEngineProvider({ url: process.argv[2], apiKey: process.argv[3] }));
     const client = OpenFeature.getClient();
     console.log(await client.getStringValue('CHECKOUT', 'none', { country: 'DE' }));
     await OpenFeature.close();`,
  );
  const { stdout } = await run(process.execPath, [join(folder, 'program.mjs'), server.url, apiKey]);
  expect(stdout.trim()).toBe('express');
  await rm(folder, { recursive: true, force: true });
}, 60_000);
