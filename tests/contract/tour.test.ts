import { Kind, parse } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EngineEventsDocument } from '../../operations/generated/graphql.ts';
import { builtInId } from '../../src/reliability/slo/index.ts';
import { TOUR_TABS } from '../../src/tour.ts';
import { ADMIN_TOKEN, startServer, type TestServer, take } from '../kit/server.ts';
import { post } from './toy.ts';

let server: TestServer;
let tenantId: string;
beforeAll(async () => {
  server = await startServer();
  tenantId = (await server.createTenant({ slug: 'acme' })).id;
});
afterAll(() => server.stop());

const HEADERS = { authorization: `Bearer ${ADMIN_TOKEN}`, 'x-tenant': 'acme' };

/** Every operation of the tour, in its order. */
const OPERATIONS = TOUR_TABS.flatMap(({ query }) =>
  parse(query).definitions.flatMap((node) =>
    node.kind === Kind.OPERATION_DEFINITION
      ? [{ name: node.name?.value ?? '', kind: node.operation, query }]
      : [],
  ),
);

test('eight tabs, each named by its first operation', () => {
  expect(TOUR_TABS).toHaveLength(8);
  expect(new Set(OPERATIONS.map(({ name }) => name)).size).toBe(OPERATIONS.length);
});

test.each(OPERATIONS)('$name runs as it stands', async ({ name, kind, query }) => {
  if (kind === 'subscription') {
    const events = server.client(ADMIN_TOKEN, 'acme').subscribe(parse(query) as typeof EngineEventsDocument);
    const [first] = await take(events, 1);
    expect(first?.engineEvents).toMatchObject({ seq: '1' });
    await events.return?.();
    return;
  }
  const { body } = await post(server.url, { query, operationName: name }, HEADERS);
  expect(body.errors).toBeUndefined();
  // A refusal is a member of the union: { code, message }.
  for (const answer of Object.values<{ code?: string; message?: string }>(body.data)) {
    expect(answer.code === undefined ? null : answer).toBeNull();
  }
});

test('what waits on purpose spends no error budget of the latency, however it is asked for', async () => {
  const fields = server.app.host.schema.getMutationType()?.getFields() ?? {};
  const waiting = Object.values(fields).filter(({ extensions }) => extensions.waits);
  expect(waiting.map(({ name }) => name).sort()).toEqual(['executeCycle', 'runJobNow', 'testChannel']);
  const counted = async (key: Parameters<typeof builtInId>[1]) => {
    await server.app.indicators.flush();
    const row = await server.app.database
      .forTenant(tenantId)
      .row<{ count: number }>(
        `SELECT coalesce(sum(good + bad), 0)::int AS count FROM sli_bucket WHERE tenant_id = $1 AND objective_id = $2`,
        [tenantId, builtInId(tenantId, key)],
      );
    return row?.count ?? 0;
  };
  const before = { latency: await counted('request-latency'), all: await counted('request-availability') };
  // The tour's own cycle is the one that does not count.
  expect(before.all - before.latency).toBe(1);
  const queries = [
    'mutation { executeCycle(input: { dryRun: true }) { __typename } }',
    'mutation { one: runJobNow(input: { job: "slo-watch" }) { __typename } }',
    'mutation { ...Cycle } fragment Cycle on Mutation { ... { executeCycle { __typename } } }',
    '{ tenant { name } }',
  ];
  for (const query of queries) {
    const { body } = await post(server.url, { query }, HEADERS);
    expect(body.errors).toBeUndefined();
  }
  expect(await counted('request-availability')).toBe(before.all + 4);
  expect(await counted('request-latency')).toBe(before.latency + 1);
});
