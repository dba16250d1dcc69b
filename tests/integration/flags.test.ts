import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ApproveFlagChangeDocument,
  AuditTrailDocument,
  CancelFlagChangeDocument,
  CreateFlagDocument,
  DeleteFlagDocument,
  EvaluateFlagsDocument,
  FlagChangeRequestsDocument,
  FlagChangesDocument,
  FlagsDocument,
  KillFlagDocument,
  RejectFlagChangeDocument,
  RemoveFlagOverrideDocument,
  ReviveFlagDocument,
  ScheduleFlagChangeDocument,
  StaleFlagsDocument,
  UpdateFlagDocument,
} from '../../operations/generated/graphql.ts';
import {
  DRONE_FLAG,
  disableNewestFlag,
  flagSet,
  flagsByKey,
  flushFlagUsage,
  runDueFlagChanges,
  seedFlagOn,
} from '../../src/control/flags/index.ts';
import { openDatabase } from '../../src/platform/db/database.ts';
import { scopeAt } from '../../src/platform/scope.ts';
import { eventually } from '../kit/process.ts';
import { ADMIN_TOKEN, type Client, startServer, type TestServer, take } from '../kit/server.ts';
import { copyTemplate, prepareTemplate } from '../kit/template.ts';
import { done, evaluated, flagOf, person, set } from './flags-kit.ts';

let server: TestServer;
let now = new Date('2026-11-20T12:00:00Z');
let acme: Client;
let other: Client;
let second: Client;
let platform: Client;

beforeAll(async () => {
  server = await startServer({ clock: () => now });
  await server.createTenant({ slug: 'acme' });
  await server.createTenant({ slug: 'other' });
  acme = await person(server, 'acme', 'Ada');
  second = await person(server, 'acme', 'Grace');
  other = await person(server, 'other', 'Linus');
  platform = server.client(ADMIN_TOKEN, 'platform');
});
afterAll(() => server?.stop());

const later = (minutes: number) => {
  now = new Date(now.getTime() + minutes * 60_000);
};
const create = async (client: Client, input: object) =>
  done((await client.run(CreateFlagDocument, { input: input as never })).createFlag).flag;
const update = async (client: Client, key: string, patch: object, reason?: string) =>
  done((await client.run(UpdateFlagDocument, { input: { key, patch: patch as never, reason } })).updateFlag);

test('a fresh installation has the five flags of the seed documents, all off', async () => {
  const copy = await copyTemplate(process.env.DATABASE_URL, await prepareTemplate(process.env.DATABASE_URL));
  const database = openDatabase(copy.connection, () => {});
  const fresh = await startServer({
    database: { database, ...copy, isServer: false, close: async () => {} },
  });
  const { flags } = await fresh.client(ADMIN_TOKEN, 'platform').run(FlagsDocument);
  expect(
    flags.edges.map(
      ({ node }) =>
        `${(node as never as { key: string }).key}=${(node as never as { valueText: string }).valueText}`,
    ),
  ).toEqual([
    ...['AUTOSCALE_ENABLED=false', 'FLAG_DRONE_DELIVERY_ENABLED=false', 'INCIDENT_AUTORECOVER=false'],
    ...['PRICING_AUTO_APPLY=false', 'STABILIZE_MODE=false'],
  ]);
  await fresh.stop();
  await database.close();
  await copy.drop();
});

describe('setFlag', () => {
  test('a tenant sets its own value and takes it away; others keep the installation’s', async () => {
    await set(acme, { key: 'AUTOSCALE_ENABLED', value: 'TRUE' });
    expect(await flagOf(acme, 'AUTOSCALE_ENABLED')).toMatchObject({
      ...{
        valueText: 'true',
        value: true,
        reason: 'TARGETING_MATCH',
        defaultValue: false,
        isInstallations: true,
      },
      ...{ override: { value: true, version: 1, updatedBy: 'key:Ada' }, updatedBy: 'key:Ada', version: 1 },
    });
    expect(await evaluated(acme, 'AUTOSCALE_ENABLED')).toBe('true TARGETING_MATCH override');
    expect(await evaluated(other, 'AUTOSCALE_ENABLED')).toBe('false STATIC default');
    await platform.run(UpdateFlagDocument, { input: { key: 'AUTOSCALE_ENABLED', patch: { owner: 'ops' } } });
    done(
      (await acme.run(RemoveFlagOverrideDocument, { input: { key: 'AUTOSCALE_ENABLED' } }))
        .removeFlagOverride,
    );
    expect(await evaluated(acme, 'AUTOSCALE_ENABLED')).toBe('false STATIC default');
    const gone = (await acme.run(RemoveFlagOverrideDocument, { input: { key: 'AUTOSCALE_ENABLED' } }))
      .removeFlagOverride;
    expect(gone).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('the platform tenant sets everybody’s default; own values win over it', async () => {
    await set(acme, { key: 'AUTOSCALE_ENABLED', value: '0' });
    await set(platform, { key: 'AUTOSCALE_ENABLED', value: '1' });
    expect(await evaluated(other, 'AUTOSCALE_ENABLED')).toBe('true STATIC default');
    expect(await evaluated(acme, 'AUTOSCALE_ENABLED')).toBe('false TARGETING_MATCH override');
    await set(platform, { key: 'AUTOSCALE_ENABLED', value: false });
    expect(await evaluated(other, 'AUTOSCALE_ENABLED')).toBe('false STATIC default');
  });

  test.each([
    ['PRICING_AUTO_APPLY', 'yes', 'INVALID_FLAG_VALUE value'],
    ['PRICING_AUTO_APPLY', 1, 'INVALID_FLAG_VALUE value'],
    ['PRICING_AUTO_APPLY', null, 'INVALID_FLAG_VALUE value'],
    ['PRICING_AUTO_APPLY', { on: true }, 'INVALID_FLAG_VALUE value'],
    ['PRICING_AUTO_APPLY', true, 'VALIDATION_ERROR reason'],
    ['INCIDENT_AUTORECOVER', 'true', 'VALIDATION_ERROR reason'],
    ['NO_SUCH_FLAG', true, 'NOT_FOUND'],
  ])('%s = %j is refused: %s', async (key, value, refusal) => {
    await expect(set(acme, { key, value: value as never })).rejects.toThrow(refusal);
  });

  test('a protected value needs a reason to begin, not to go on; the trail has both sides', async () => {
    await set(acme, { key: 'PRICING_AUTO_APPLY', value: true, reason: 'The pilot was approved.' });
    await set(acme, { key: 'PRICING_AUTO_APPLY', value: true });
    await set(acme, { key: 'PRICING_AUTO_APPLY', value: false });
    const { auditTrail } = await acme.run(AuditTrailDocument, {
      filter: { subject: 'PRICING_AUTO_APPLY' },
    } as never);
    const entries = auditTrail.edges.map(({ node }) => node as unknown as Record<string, unknown>);
    expect(entries.find(({ reason }) => reason !== null)).toMatchObject({
      ...{
        actor: 'key:Ada',
        action: 'flag.overridden',
        before: { override: null },
        after: { override: true },
      },
      reason: 'The pilot was approved.',
    });
    expect(entries).toHaveLength(3);
  });

  test('a protected value needs a reason to be served to more, too: by other rules, or by an own value over them', async () => {
    await create(acme, {
      ...{ key: 'SHIELDED', type: 'BOOLEAN', defaultValue: false },
      options: { needReason: [true], rules: [{ percentage: 1, value: true }] },
    });
    const part = (percentage: number) => update(acme, 'SHIELDED', { rules: [{ percentage, value: true }] });
    await expect(part(100)).rejects.toThrow('VALIDATION_ERROR reason');
    await expect(set(acme, { key: 'SHIELDED', value: true })).rejects.toThrow('VALIDATION_ERROR reason');
    // What leaves everybody’s answer as it is needs none, nor does serving it to nobody.
    await part(1);
    await update(acme, 'SHIELDED', { owner: 'shop team' });
    await update(acme, 'SHIELDED', { rules: [] });
    const rules = [{ id: 'pilot', percentage: 25, value: true }];
    await platform.run(UpdateFlagDocument, {
      input: { key: 'PRICING_AUTO_APPLY', patch: { rules }, reason: 'a quarter of the tenants' },
    });
    const own = { key: 'INCIDENT_AUTORECOVER', value: true } as const;
    await expect(set(other, own)).rejects.toThrow('VALIDATION_ERROR reason');
    await expect(set(other, { ...own, key: 'PRICING_AUTO_APPLY' })).rejects.toThrow('reason');
    await platform.run(UpdateFlagDocument, { input: { key: 'PRICING_AUTO_APPLY', patch: { rules: [] } } });
    done((await acme.run(DeleteFlagDocument, { input: { key: 'SHIELDED' } })).deleteFlag);
  });

  test('two people who have seen the same version: the second is told', async () => {
    const expectedVersion = (await flagOf(acme, 'PRICING_AUTO_APPLY')).override?.version as number;
    await set(acme, { key: 'PRICING_AUTO_APPLY', value: false, expectedVersion });
    await expect(set(second, { key: 'PRICING_AUTO_APPLY', value: false, expectedVersion })).rejects.toThrow(
      'VERSION_CONFLICT',
    );
  });
});

describe('a tenant’s own flags', () => {
  test('are typed, have rules, and are evaluated for who asks', async () => {
    await create(acme, {
      ...{ key: 'CHECKOUT', type: 'STRING', defaultValue: 'classic' },
      options: {
        ...{ description: 'Which checkout is shown.', owner: 'shop team' },
        rules: [
          { conditions: [{ attribute: 'country', operator: 'IN', values: ['DE', 'FR'] }], value: 'express' },
          { id: 'part', percentage: 25, value: 'express' },
        ],
      },
    });
    expect(await evaluated(acme, 'CHECKOUT', { country: 'DE' })).toBe('"express" TARGETING_MATCH rule-1');
    const units = await Promise.all(
      Array.from({ length: 40 }, (_, i) => evaluated(acme, 'CHECKOUT', { targetingKey: `u${i}` })),
    );
    expect(new Set(units)).toEqual(new Set(['"express" SPLIT part', '"classic" DEFAULT default']));
    expect(await evaluated(other, 'CHECKOUT')).toBe('"mine" ERROR null');
    const { evaluateFlags } = await acme.run(EvaluateFlagsDocument, {
      keys: ['CHECKOUT', 'NO_SUCH'],
      context: { country: 'FR' },
    });
    expect(evaluateFlags.map((each) => (each as never as { reason: string }).reason)).toEqual([
      'TARGETING_MATCH',
      'ERROR',
    ]);
  });

  test.each([
    ['another type', { defaultValue: 5 }, 'INVALID_FLAG_VALUE defaultValue'],
    ['a rule of another type', { rules: [{ value: true }] }, 'INVALID_FLAG_VALUE rules.0.value'],
    [
      'a percentage of 101',
      { rules: [{ percentage: 101, value: 'x' }] },
      'VALIDATION_ERROR rules.0.percentage',
    ],
    [
      'a step of 0.001 %',
      { rules: [{ percentage: 0.001, value: 'x' }] },
      'VALIDATION_ERROR rules.0.percentage',
    ],
    [
      'a number compared with a text',
      { rules: [{ conditions: [{ attribute: 'age', operator: 'GT', values: ['18'] }], value: 'x' }] },
      'VALIDATION_ERROR rules.0.conditions.0.values',
    ],
    [
      'one id twice',
      {
        rules: [
          { id: 'a', value: 'x' },
          { id: 'a', value: 'y' },
        ],
      },
      'VALIDATION_ERROR rules.1.id',
    ],
  ])('%s is refused', async (_name, patch, refusal) => {
    await expect(update(acme, 'CHECKOUT', patch)).rejects.toThrow(refusal);
  });

  test('cannot take a key twice, a key of the product, or another shape of key', async () => {
    const make = (key: string) => create(acme, { key, type: 'BOOLEAN', defaultValue: false });
    await expect(make('CHECKOUT')).rejects.toThrow('VALIDATION_ERROR key');
    await expect(make('STABILIZE_MODE')).rejects.toThrow('VALIDATION_ERROR key');
    await expect(make('checkout')).rejects.toThrow('VALIDATION_ERROR key');
  });

  test('are killed at once, revived, disabled and deleted; the product’s are not the tenant’s to kill', async () => {
    const target = { input: { key: 'CHECKOUT' } };
    expect(done((await acme.run(KillFlagDocument, target)).killFlag).flag).toMatchObject({ isKilled: true });
    expect(await evaluated(acme, 'CHECKOUT', { country: 'DE' })).toBe('"classic" DISABLED kill-switch');
    done((await acme.run(ReviveFlagDocument, target)).reviveFlag);
    await update(acme, 'CHECKOUT', { isEnabled: false });
    expect(await evaluated(acme, 'CHECKOUT', { country: 'DE' })).toBe('"classic" DISABLED disabled');
    expect(done((await acme.run(DeleteFlagDocument, target)).deleteFlag).flag).toBeNull();
    expect(await evaluated(acme, 'CHECKOUT')).toBe('"mine" ERROR null');
    const foreign = await acme.run(KillFlagDocument, { input: { key: 'AUTOSCALE_ENABLED' } });
    expect(foreign.killFlag).toMatchObject({ code: 'FORBIDDEN' });
    const system = await platform.run(DeleteFlagDocument, { input: { key: 'AUTOSCALE_ENABLED' } });
    expect(system.deleteFlag).toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('changes that wait', () => {
  const requests = async () =>
    (await acme.run(FlagChangeRequestsDocument, {})).flagChangeRequests.edges.map(
      ({ node }) =>
        node as unknown as { id: string; status: string; note: string | null; requestedBy: string },
    );
  const approve = async (client: Client, id: string) =>
    (await client.run(ApproveFlagChangeDocument, { input: { id } })).approveFlagChange;

  test('for a second person: not their own, not unseen, and then done', async () => {
    await create(acme, {
      key: 'RISKY',
      type: 'BOOLEAN',
      defaultValue: false,
      options: { needsApproval: true },
    });
    expect((await set(acme, { key: 'RISKY', value: true })).request).toMatchObject({
      kind: 'APPROVAL',
      status: 'PENDING',
    });
    expect(await evaluated(acme, 'RISKY')).toBe('false STATIC default');
    const [first] = await requests();
    expect(await approve(acme, first?.id as string)).toMatchObject({ code: 'FORBIDDEN' });
    // Somebody else’s change gets in between: it was asked for about another flag than it is now.
    later(1);
    await set(second, { key: 'RISKY', value: true });
    const [newest] = await requests();
    expect(await approve(acme, newest?.id as string)).toMatchObject({
      flag: { value: true },
      request: { status: 'DONE' },
    });
    const late = await approve(second, first?.id as string);
    expect(late).toMatchObject({
      flag: null,
      request: { status: 'EXPIRED', note: expect.stringContaining('has changed') },
    });
    later(1);
    const third = (await set(acme, { key: 'RISKY', value: false })).request as unknown as { id: string };
    const input = { id: third.id, note: 'Not on a Friday.' };
    const { rejectFlagChange } = await second.run(RejectFlagChangeDocument, { input });
    expect(rejectFlagChange).toMatchObject({ request: { status: 'REJECTED', note: 'Not on a Friday.' } });
    expect(await approve(second, third.id)).toMatchObject({ code: 'INVALID_TRANSITION' });
    expect((await acme.run(KillFlagDocument, { input: { key: 'RISKY' } })).killFlag).toMatchObject({
      request: null,
    });
  });

  test('for their instant: once, though two instances look, and in the name of who asked', async () => {
    await create(acme, { key: 'LATER', type: 'NUMBER', defaultValue: 1 });
    const at = new Date(now.getTime() + 3_600_000).toISOString();
    const schedule = async (change: object, when = at) =>
      done(
        (
          await acme.run(ScheduleFlagChangeDocument, {
            input: { key: 'LATER', at: when, change: change as never },
          })
        ).scheduleFlagChange,
      ).request as unknown as { id: string };
    await schedule({ set: 2 });
    const taken = await schedule({ set: 3 });
    done((await acme.run(CancelFlagChangeDocument, { input: { id: taken.id } })).cancelFlagChange);
    await expect(schedule({ set: 4 }, now.toISOString())).rejects.toThrow('VALIDATION_ERROR at');
    await expect(schedule({ set: 'four' })).rejects.toThrow('INVALID_FLAG_VALUE');
    const scope = await server.app.tenantScope('acme');
    expect(await runDueFlagChanges(scope)).toBe(0);
    const then = scopeAt(scope, new Date(at));
    const runs = await Promise.all([
      runDueFlagChanges(then),
      runDueFlagChanges(then),
      runDueFlagChanges(then),
    ]);
    expect(runs.reduce((sum, n) => sum + n)).toBe(1);
    expect(await flagOf(acme, 'LATER')).toMatchObject({ value: 2, version: 2, updatedBy: 'key:Ada' });
    expect(await runDueFlagChanges(then)).toBe(0);
  });

  test('that are not possible any more end as FAILED, with an alert; those after them go on', async () => {
    await create(acme, { key: 'SOON_GONE', type: 'BOOLEAN', defaultValue: false });
    const at = new Date(now.getTime() + 60_000).toISOString();
    for (const key of ['SOON_GONE', 'LATER']) {
      const change = key === 'LATER' ? { set: 9 } : { kill: true };
      done((await acme.run(ScheduleFlagChangeDocument, { input: { key, at, change } })).scheduleFlagChange);
    }
    done((await acme.run(DeleteFlagDocument, { input: { key: 'SOON_GONE' } })).deleteFlag);
    const scope = await server.app.tenantScope('acme', new Date(at));
    expect(await runDueFlagChanges(scope)).toBe(2);
    expect(await flagOf(acme, 'LATER')).toMatchObject({ value: 9 });
    expect((await requests()).filter(({ status }) => status === 'FAILED')).toHaveLength(1);
    const raised = await scope.db.rows(
      `SELECT level, labels FROM alert_intake WHERE tenant_id = $1 AND type = 'FLAG_CHANGE_FAILED'`,
      [scope.tenantId],
    );
    expect(raised).toEqual([{ level: 'error', labels: { key: 'SOON_GONE' } }]);
  });
});

test('subscribers hear of their own changes and of the installation’s, and resume without a gap', async () => {
  const events = acme.subscribe(FlagChangesDocument, {});
  const hearing = take(events, 2);
  await new Promise((resolve) => setTimeout(resolve, 200));
  await set(platform, { key: 'AUTOSCALE_ENABLED', value: true, reason: 'for all' });
  await set(acme, { key: 'INCIDENT_AUTORECOVER', value: true, reason: 'ours' });
  const heard = (await hearing)
    .map(({ flagChanges }) => flagChanges)
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  // The tenant has a value of its own for the first, and is not told who runs the installation.
  expect(heard).toMatchObject([
    {
      key: 'AUTOSCALE_ENABLED',
      change: 'CHANGED',
      isInstallations: true,
      value: false,
      by: null,
      reason: null,
    },
    {
      key: 'INCIDENT_AUTORECOVER',
      change: 'OVERRIDDEN',
      isInstallations: false,
      value: true,
      by: 'key:Ada',
      reason: 'ours',
    },
  ]);
  await events.return?.();
  await set(platform, { key: 'AUTOSCALE_ENABLED', value: false });
  await set(acme, { key: 'INCIDENT_AUTORECOVER', value: false });
  const after = heard
    .map(({ cursor }) => cursor)
    .sort()
    .at(-1) as string;
  const resumed = acme.subscribe(FlagChangesDocument, { after });
  const missed = (await take(resumed, 2)).map(({ flagChanges }) => flagChanges.key).sort();
  expect(missed).toEqual(['AUTOSCALE_ENABLED', 'INCIDENT_AUTORECOVER']);
  await resumed.return?.();
  const replay = acme.subscribe(FlagChangesDocument, { after: '0' });
  expect(new Set((await take(replay, 4)).map(({ flagChanges }) => flagChanges.cursor)).size).toBe(4);
  await replay.return?.();
  const wrong = acme.subscribe(FlagChangesDocument, { after: 'nonsense' });
  await expect(take(wrong, 1)).rejects.toThrow('Pass back the cursor');
});

describe('the report of stale flags', () => {
  const flush = () => {
    const { cache, db } = server.app.source;
    return flushFlagUsage({ cache, clock: () => now, dbFor: (id) => db.forTenant(id), onError: () => {} });
  };
  const stale = async () =>
    (await acme.run(StaleFlagsDocument)).staleFlags.map((flag) => (flag as never as { key: string }).key);

  test('names what nobody asked for in 30 days and what is past its date', async () => {
    await create(acme, { key: 'USED', type: 'BOOLEAN', defaultValue: false });
    await create(acme, { key: 'UNUSED', type: 'BOOLEAN', defaultValue: false });
    const expiresAt = new Date(now.getTime() + 86_400_000).toISOString();
    await create(acme, { key: 'DATED', type: 'BOOLEAN', defaultValue: false, options: { expiresAt } });
    await flush();
    expect(await stale()).toEqual([]);
    later(2 * 1440);
    expect(await stale()).toEqual(['DATED']);
    later(29 * 1440);
    await evaluated(acme, 'USED');
    expect(await flush()).toBeGreaterThan(0);
    expect(await stale()).toEqual(['DATED', 'LATER', 'RISKY', 'UNUSED']);
    expect(await flagOf(acme, 'USED')).toMatchObject({ isStale: false, lastEvaluatedAt: now.toISOString() });
    // Within the hour nothing is written again.
    await evaluated(acme, 'USED');
    expect(await flush()).toBe(0);
  });
});

test('a runbook switches off what a person switched on last, and never the freeze', async () => {
  const scope = () => server.app.tenantScope('other');
  const act = async (isDryRun: boolean) => {
    const its = await scope();
    return its.db.tx((tx) => disableNewestFlag(its, tx, { reason: 'incident 7', isDryRun }));
  };
  expect(await act(false)).toBeNull();
  await set(other, { key: 'AUTOSCALE_ENABLED', value: true });
  later(1);
  await create(other, { key: 'NEW_CART', type: 'BOOLEAN', defaultValue: true });
  later(1);
  await set(other, { key: 'PRICING_AUTO_APPLY', value: false });
  await set(other, { key: 'STABILIZE_MODE', value: true });
  expect(await act(true)).toMatchObject({ key: 'NEW_CART', action: 'KILLED', changedBy: 'key:Linus' });
  expect(await flagOf(other, 'NEW_CART')).toMatchObject({ isKilled: false });
  expect(await act(false)).toMatchObject({ key: 'NEW_CART' });
  expect(await act(false)).toMatchObject({ key: 'AUTOSCALE_ENABLED', action: 'SWITCHED_OFF' });
  expect(await act(false)).toBeNull();
  expect(await evaluated(other, 'STABILIZE_MODE')).toBe('true TARGETING_MATCH override');
});

test('without the database the last known values are served as CACHED; before it, everything is off', async () => {
  await server.createTenant({ slug: 'lonely' });
  const scope = await server.app.tenantScope('lonely');
  const broken = { rows: () => Promise.reject(new Error('away')) } as never;
  expect((await flagSet(scope, broken)).isOn('FLAG_DRONE_DELIVERY_ENABLED')).toBe(false);
  const unread = (await flagSet(scope, broken)).evaluate('AUTOSCALE_ENABLED', true);
  expect(unread).toMatchObject({ value: false, reason: 'ERROR', errorCode: 'PROVIDER_NOT_READY' });
  expect((await flagSet(scope, scope.db)).isOn('FLAG_DRONE_DELIVERY_ENABLED')).toBe(true);
  scope.cache.invalidate('flags', scope.tenantId);
  const known = await flagSet(scope, broken);
  expect(known).toMatchObject({ isLastKnown: true });
  expect(known.evaluate('FLAG_DRONE_DELIVERY_ENABLED', false)).toMatchObject({
    value: true,
    reason: 'CACHED',
  });
});

test('an environment switches a flag on until a person has set it', async () => {
  // The kit has done it already, like a start with FLAG_DRONE_DELIVERY_ENABLED=true.
  const installation = await server.app.tenantScope('platform');
  const value = async () => (await flagsByKey(installation, [DRONE_FLAG]))[0];
  expect(await value()).toMatchObject({ defaultValue: true, version: 2, updatedBy: 'system:environment' });
  expect(await seedFlagOn(installation, DRONE_FLAG)).toBe(false);
  await set(platform, { key: DRONE_FLAG, value: false });
  expect(await seedFlagOn(installation, DRONE_FLAG)).toBe(false);
  expect(await value()).toMatchObject({ defaultValue: false, version: 3 });
});

test('a scheduled change wakes by itself', async () => {
  const own = await startServer();
  await own.createTenant({ slug: 'acme' });
  await own.app.startAutomation();
  const client = own.client(ADMIN_TOKEN, 'acme');
  const at = new Date(Date.now() + 300).toISOString();
  const input = { key: 'AUTOSCALE_ENABLED', at, change: { set: true } };
  done((await client.run(ScheduleFlagChangeDocument, { input })).scheduleFlagChange);
  const isOn = async () => (await evaluated(client, 'AUTOSCALE_ENABLED')).startsWith('true');
  await eventually('the change has happened', isOn, 15_000);
  await own.stop();
}, 30_000);
