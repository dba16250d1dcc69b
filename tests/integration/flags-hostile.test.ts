import { print } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CreateFlagDocument,
  CreateTenantDocument,
  EvaluateFlagDocument,
  KvValueDocument,
  PutKvDocument,
  RegisterKeyDocument,
  RejectFlagChangeDocument,
  ScheduleFlagChangeDocument,
  SetFlagDocument,
  SetStabiliseModeDocument,
  UpdateFlagDocument,
} from '../../operations/generated/graphql.ts';
import { ADMIN_TOKEN, type Client, startServer, type TestServer } from '../kit/server.ts';
import { done, evaluated, flagOf, person, set } from './flags-kit.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
let server: TestServer;
let acme: Client;
const platform = () => server.client(ADMIN_TOKEN, 'platform');

beforeAll(async () => {
  server = await startServer({ clock: () => NOW });
  await server.createTenant({ slug: 'acme' });
  acme = await person(server, 'acme', 'Ada');
  for (const [type, defaultValue] of [
    ['BOOLEAN', false],
    ['STRING', 'classic'],
    ['NUMBER', 1],
    ['JSON', {}],
  ] as const) {
    const key = `A_${type}`;
    done((await acme.run(CreateFlagDocument, { input: { key, type, defaultValue } })).createFlag);
  }
});
afterAll(() => server?.stop());

/** A request whose variables are this very text: what JSON.stringify would not write, too. */
const raw = async (document: object, variables: string) => {
  const response = await fetch(server.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...{ authorization: `Bearer ${ADMIN_TOKEN}`, 'x-tenant': 'acme' },
    },
    body: `{"query":${JSON.stringify(print(document as never))},"variables":${variables}}`,
  });
  return (await response.json()) as {
    data?: Record<string, unknown>;
    errors?: { extensions: { code: string } }[];
  };
};

test('the roll-out of the specification: 25 %, 65 % and 72.1 % of its three tenants', async () => {
  const rollOut = async (percentage: number) => {
    const rules = [{ id: 'part', percentage, value: true }];
    const input = { key: 'PRICING_AUTO_APPLY', patch: { rules }, reason: 'the pilot' };
    done((await platform().run(UpdateFlagDocument, { input })).updateFlag);
    const units = ['tenant-1', 'tenant-2', 'tenant-3'];
    const answers = await Promise.all(
      units.map((targetingKey) => evaluated(platform(), 'PRICING_AUTO_APPLY', { targetingKey })),
    );
    return units.filter((_, i) => answers[i] === 'true SPLIT part');
  };
  expect(await rollOut(25)).toEqual(['tenant-3']);
  expect(await rollOut(65)).toEqual(['tenant-2', 'tenant-3']);
  expect(await rollOut(72.09)).toEqual(['tenant-2', 'tenant-3']);
  expect(await rollOut(72.1)).toEqual(['tenant-1', 'tenant-2', 'tenant-3']);
  const input = { key: 'PRICING_AUTO_APPLY', patch: { rules: [] } };
  done((await platform().run(UpdateFlagDocument, { input })).updateFlag);
  expect(await evaluated(acme, 'PRICING_AUTO_APPLY')).toBe('false STATIC default');
});

describe('values', () => {
  test.each([
    ['A_NUMBER', 1e308, 1e308],
    ['A_NUMBER', -1e308, -1e308],
    ['A_NUMBER', '-0', 0],
    ['A_NUMBER', '12.50', 12.5],
    ['A_STRING', '__proto__', '__proto__'],
    ['A_STRING', '\u202e👩‍👩‍👧', '\u202e👩‍👩‍👧'],
    ['A_JSON', null, null],
    ['A_JSON', ['', { '': '' }], ['', { '': '' }]],
    ['A_BOOLEAN', 'TRUE', true],
    ['A_BOOLEAN', '0', false],
  ])('%s = %j is served as %j', async (flag, value, served) => {
    await set(acme, { key: flag, value: value as never });
    expect((await flagOf(acme, flag)).value).toEqual(served);
  });

  test.each([
    ...['NaN', 'Infinity', '1e308', '0x10', ' 1', '', true, null].map((value) => ['A_NUMBER', value]),
    ...['True', 'yes', '', 'true ', 1, 0, null].map((value) => ['A_BOOLEAN', value]),
    ...[5, null, {}].map((value) => ['A_STRING', value]),
  ])('%s = %j is refused', async (flag, value) => {
    await expect(set(acme, { key: flag as string, value: value as never })).rejects.toThrow(
      'INVALID_FLAG_VALUE value',
    );
  });

  test.each([
    ['NUL', '"a\\u0000"'],
    ['half a character', '"\\ud800"'],
    ['an infinite number', '{"a":1e999}'],
    ['10,000 lists in each other', `${'['.repeat(10_000)}${']'.repeat(10_000)}`],
    ['10,000 objects in each other', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
  ])('%s is refused as value, as default of a question, and as entry', async (_name, value) => {
    const refused = { code: 'VALIDATION_ERROR' };
    const asValue = await raw(SetFlagDocument, `{"input":{"key":"A_JSON","value":${value}}}`);
    expect(asValue.data?.setFlag).toMatchObject(refused);
    const asEntry = await raw(PutKvDocument, `{"input":{"namespace":"n","key":"k","value":${value}}}`);
    expect(asEntry.data?.putKv).toMatchObject(refused);
    const asDefault = await raw(EvaluateFlagDocument, `{"key":"NO_SUCH","default":${value}}`);
    expect(asDefault.errors?.[0]?.extensions).toMatchObject(refused);
    const asContext = await raw(EvaluateFlagDocument, `{"key":"A_NUMBER","context":{"a":${value}}}`);
    expect(asContext.data?.evaluateFlag).toMatchObject({ reason: 'STATIC' });
  });

  test('names of Object’s own members are names like others in values and entries', async () => {
    const value = '{"__proto__":{"a":1},"constructor":{"b":2},"toString":3}';
    await raw(SetFlagDocument, `{"input":{"key":"A_JSON","value":${value}}}`);
    await raw(PutKvDocument, `{"input":{"namespace":"constructor","key":"toString","value":${value}}}`);
    const served = (await flagOf(acme, 'A_JSON')).value as object;
    expect(JSON.stringify(served)).toContain('"__proto__":{"a":1}');
    expect(Object.keys(served).toSorted()).toEqual(['__proto__', 'constructor', 'toString']);
    const { kv } = await acme.run(KvValueDocument, { namespace: 'constructor', key: 'toString' });
    expect(JSON.stringify(kv?.value)).toContain('"__proto__":{"a":1}');
    expect(({} as { a?: number }).a).toBeUndefined();
  });
});

test.each(['__proto__', 'constructor', 'A', 'AÉ', 'A\u0000', `A${'B'.repeat(64)}`, ''])(
  'there is no flag %j, and none can be made',
  async (name) => {
    expect(await evaluated(acme, name)).toBe('"mine" ERROR null');
    const input = { key: name, type: 'BOOLEAN', defaultValue: false } as const;
    expect((await acme.run(CreateFlagDocument, { input })).createFlag).toMatchObject({
      code: 'VALIDATION_ERROR',
    });
  },
);

describe('rules', () => {
  const change = async (rules: object[]) => {
    const input = { key: 'A_STRING', patch: { rules: rules as never } };
    return done((await acme.run(UpdateFlagDocument, { input })).updateFlag);
  };
  const when = (attribute: string, operator: string, values: unknown[]) => [
    { conditions: [{ attribute, operator, values }], value: 'x' },
  ];

  test.each([33.335, 100.000001, 0.005, 1e308, -0.01])('%d % is refused', async (percentage) => {
    await expect(change([{ percentage, value: 'x' }])).rejects.toThrow('VALIDATION_ERROR rules.0.percentage');
  });
  test.each([
    ['51 rules', Array.from({ length: 51 }, () => ({ value: 'x' })), 'rules:'],
    ['50 long rules', Array.from({ length: 50 }, () => ({ value: 'x'.repeat(1_000) })), 'rules:'],
    [
      '1,001 values',
      when(
        'a',
        'IN',
        Array.from({ length: 1_001 }, (_, i) => i),
      ),
      'rules.0.conditions.0.values',
    ],
    ['__proto__ as attribute', when('__proto__', 'EQ', ['x']), 'rules.0.conditions.0.attribute'],
    [
      'an instant without a zone',
      when('d', 'BEFORE', ['2026-11-20T12:00:00']),
      'rules.0.conditions.0.values',
    ],
    ['a month as an instant', when('d', 'AFTER', ['12']), 'rules.0.conditions.0.values'],
  ])('%s are refused', async (_name, rules, place) => {
    await expect(change(rules)).rejects.toThrow(`VALIDATION_ERROR ${place}`);
  });
  test('attributes named as members of Object count when they are given, and only then', async () => {
    await set(acme, { key: 'A_STRING', value: 'plain' });
    await change([{ ...when('constructor', 'NEQ', ['y'])[0], percentage: 100, stickiness: 'toString' }]);
    expect(await evaluated(acme, 'A_STRING', {})).toBe('"plain" DEFAULT default');
    const context = { constructor: 'x', toString: 'unit' };
    expect(await evaluated(acme, 'A_STRING', context)).toBe('"x" SPLIT rule-1');
  });
});

test('exactly one kind of change is scheduled, and no later than in a year', async () => {
  const schedule = async (change: object, at = '2026-12-01T00:00:00Z') => {
    const input = { key: 'A_BOOLEAN', at, change: change as never };
    const { data, errors } = await acme.ask(ScheduleFlagChangeDocument, { input });
    return errors?.[0]?.extensions.code ?? JSON.stringify(data?.scheduleFlagChange);
  };
  // A document that comes again is compiled, and its variables are read in another way.
  for (const change of [{}, { set: true, kill: true }, { kill: null }, { removeOverride: false }])
    for (const _again of [1, 2]) expect(await schedule(change)).toContain('VALIDATION_ERROR');
  for (const at of ['9999-12-31T00:00:00Z', '0001-01-01T00:00:00Z', NOW.toISOString()])
    expect(await schedule({ set: true }, at)).toMatch(/VALIDATION_ERROR.*"path":\["at"\]/);
});

test('texts that no column could keep are refused where they were given', async () => {
  const flag = {
    key: 'EYES',
    type: 'BOOLEAN',
    defaultValue: false,
    options: { needsApproval: true },
  } as const;
  done((await acme.run(CreateFlagDocument, { input: flag })).createFlag);
  const { request } = await set(acme, { key: 'EYES', value: true });
  const { id } = request as unknown as { id: string };
  const named = async (name: string) => [
    (await acme.run(RegisterKeyDocument, { input: { name, kind: 'SECRET', securityLevel: 'LOW' } }))
      .registerKey,
    (await server.client(ADMIN_TOKEN).run(CreateTenantDocument, { input: { slug: 'odd-name', name } }))
      .createTenant,
  ];
  for (const bad of ['\u0000', '\ud800', 'x'.repeat(501)]) {
    for (const answer of await named(bad))
      expect(answer).toMatchObject({ code: 'VALIDATION_ERROR', path: ['name'] });
  }
  const long = { id, note: 'x'.repeat(501) };
  const { rejectFlagChange } = await acme.run(RejectFlagChangeDocument, { input: long });
  expect(rejectFlagChange).toMatchObject({ code: 'VALIDATION_ERROR', path: ['note'] });
  await expect(set(acme, { key: 'A_BOOLEAN', value: true, reason: 'x'.repeat(501) })).rejects.toThrow(
    'VALIDATION_ERROR reason',
  );
});

test('words for people are kept without what no column could keep: half an emoji holds up no panic switch', async () => {
  for (const input of [
    { isOn: true, reason: 'on fire \ud83d' },
    { isOn: false, reason: 'a\u0000b' },
  ])
    done((await acme.run(SetStabiliseModeDocument, { input })).setStabiliseMode);
  const { tenantId, db } = await server.app.tenantScope('acme');
  const said = await db.rows<{ reason: string }>(
    `SELECT reason FROM audit_entry WHERE tenant_id = $1 AND subject = 'STABILIZE_MODE' ORDER BY reason COLLATE "C"`,
    [tenantId],
  );
  expect(said).toEqual([{ reason: 'ab' }, { reason: 'on fire \ufffd' }]);
});
