import { buildClientSchema, type GraphQLSchema, getIntrospectionQuery } from 'graphql';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seeded } from '../../src/kernel/random.ts';
import { createHttpServer, type HttpServer } from '../../src/platform/http/index.ts';
import { ADMIN_TOKEN, startServer, type TestServer } from '../kit/server.ts';
import { importShop, shopFacts } from '../scenarios/shop.ts';
import { type Attempt, attempts, type Ids, listsOf } from './hostile-kit.ts';

/*
 * A newcomer's fuzzing found one wrong input in seven answered INTERNAL, which pages people. Here every argument of the
 * schema gets what no caller should send, always the same share of it; HOSTILE_SHARE=1 tries all.
 */
const SHARE = Number(process.env.HOSTILE_SHARE ?? 0.15);
const BATCH = 10;
const NOW = new Date('2026-11-20T12:00:00Z');

interface Answered {
  data?: unknown;
  errors?: { message: string; extensions: { code: string; field?: string } }[];
}

let server: TestServer;
let http: HttpServer;
let url: string;
let schema: GraphQLSchema;
let ids: Ids;
const logged: object[] = [];
const ourFaults: unknown[] = [];

beforeAll(async () => {
  server = await startServer({ clock: () => NOW });
  await server.createTenant({ slug: 'acme', reportingCurrency: 'EUR' });
  await importShop(server.client(ADMIN_TOKEN, 'acme'), shopFacts({ now: NOW }));
  const log = pino({ level: 'warn' }, { write: (line: string) => logged.push(JSON.parse(line)) });
  const { host } = server.app;
  http = createHttpServer({
    host: {
      ...host,
      onAnswer: (tenant, ms, isError) => {
        if (isError) ourFaults.push(tenant);
        host.onAnswer?.(tenant, ms, isError);
      },
    },
    ...{ log, registry: new Registry(), processMetrics: false, limits: { ratePerMinute: 1_000_000 } },
  });
  const { port } = await http.listen(0, '127.0.0.1');
  url = `http://127.0.0.1:${port}/graphql`;
  schema = buildClientSchema((await ask(getIntrospectionQuery())) as never);
  const input = `{ asOf: "${NOW.toISOString()}" }`;
  expect(await ask(`mutation { executeCycle(input: ${input}) { __typename } }`)).toEqual({
    executeCycle: { __typename: 'ExecuteCyclePayload' },
  });
  ids = await idsOf();
});
afterAll(async () => {
  await http?.stop(1_000);
  await server?.stop();
});

async function send(batch: Pick<Attempt, 'query' | 'variables'>[]): Promise<Answered[]> {
  const headers = {
    'content-type': 'application/json',
    authorization: `Bearer ${ADMIN_TOKEN}`,
    'x-tenant': 'acme',
  };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(batch) });
  return (await response.json()) as Answered[];
}

const ask = async (query: string) => (await send([{ query, variables: {} }]))[0]?.data;

async function idsOf(): Promise<Ids> {
  const found: Record<string, string> = {};
  for (const [list, type] of listsOf(schema)) {
    const data = (await ask(`{ ${list}(first: 1) { edges { node { id } } } }`)) as Record<string, unknown>;
    const { edges } = data[list] as { edges: { node: { id: string } }[] };
    if (edges[0]) found[type] = edges[0].node.id;
  }
  return found;
}

const OURS = /"code":"(INTERNAL|UNAVAILABLE|GRAPHQL_\w+|OPERATION_RESOLUTION_FAILURE|BAD_REQUEST)"/;

/** What is wrong with an answer to wrong input: that it blames us, or does not say where. */
function complaint(answer: Answered): string | undefined {
  const text = JSON.stringify(answer);
  if (OURS.test(text)) return OURS.exec(text)?.[1];
  const isUnnamed = answer.errors?.some(
    ({ message, extensions: { code, field } }) =>
      code === 'VALIDATION_ERROR' && !field && !/^(Variable|Argument) "/.test(message),
  );
  return isUnnamed || /"code":"VALIDATION_ERROR"[^{}]*"path":\[\]/.test(text) ? 'names nothing' : undefined;
}

test('wrong input is never our failure, and is told by its name', async () => {
  expect(Object.keys(ids)).toEqual(expect.arrayContaining(['Customer', 'Opportunity', 'Order', 'Payment']));
  const random = seeded(20_261_121);
  const chosen = [...attempts(schema, ids)].filter(() => random.next() < SHARE);
  expect(chosen.length).toBeGreaterThan(SHARE * 5_000);
  const complaints: string[] = [];
  for (let i = 0; i < chosen.length; i += BATCH) {
    const batch = chosen.slice(i, i + BATCH);
    const answers = await send(batch.map(({ query, variables }) => ({ query, variables })));
    expect(answers).toHaveLength(batch.length);
    batch.forEach(({ place, variables }, n) => {
      const wrong = complaint(answers[n] as Answered);
      const sent = JSON.stringify(variables).slice(0, 300);
      if (wrong) complaints.push(`${place}: ${wrong}: ${sent}: ${JSON.stringify(answers[n]).slice(0, 300)}`);
    });
  }
  expect(complaints).toEqual([]);
  expect(logged).toEqual([]);
  expect(ourFaults).toEqual([]);
}, 600_000);

const idOf = (type: string, id = '01a1fd72-1d17-7450-b27c-25ef3767fb3b') =>
  Buffer.from(`${type}:${id}`).toString('base64');

test.each([
  [
    `{ offer(id: "${idOf('Flag')}") { id } }`,
    'id',
    'id is the id of another kind: it takes Offer.id, not Flag.id.',
  ],
  [`{ offer(id: "nonsense") { id } }`, 'id', '"nonsense" is not an id that this API gave out.'],
  [
    `{ orders(filter: { customerId: "${idOf('Order')}" }) { edges { cursor } } }`,
    'filter.customerId',
    'filter.customerId is the id of another kind: it takes Customer.id, not Order.id.',
  ],
  ['{ price(subject: "a\\u0000") { id } }', 'subject', 'subject holds a NUL or half a character.'],
  [
    `{ nodes(ids: [${`"${idOf('Offer')}" `.repeat(101)}]) { id } }`,
    'ids',
    'At most 100 ids at once, not 101.',
  ],
])('%s is refused by the name %s', async (query, field, message) => {
  // The second time the document is compiled, and its cost known.
  for (const _again of [1, 2]) {
    const [answer] = await send([{ query, variables: {} }]);
    expect(answer?.errors).toMatchObject([{ message, extensions: { code: 'VALIDATION_ERROR', field } }]);
  }
});

test('a node of no type, or of one whose objects have no place, is not found like any other', async () => {
  const several = ['Nope', 'Money', 'HealthIncident', 'Offer'].map((type) => `"${idOf(type)}"`);
  expect(await ask(`{ node(id: ${several[0]}) { id } nodes(ids: [${several.join(' ')}]) { id } }`)).toEqual({
    node: null,
    nodes: [null, null, null, null],
  });
});
