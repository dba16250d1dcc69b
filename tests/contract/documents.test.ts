import { getIntrospectionQuery, parse } from 'graphql';
import { compileQuery, isCompiledQuery } from 'graphql-jit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import documents from '../../operations/generated/persisted-documents.json' with { type: 'json' };
import { Documents } from '../../src/platform/http/documents.ts';
import { DEFAULT_LIMITS } from '../../src/platform/http/index.ts';
import { ADMIN_TOKEN, startServer, type TestServer } from '../kit/server.ts';
import { post } from './toy.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
  await server.createTenant({ slug: 'acme' });
});
afterAll(() => server.stop());

const HEADERS = { authorization: `Bearer ${ADMIN_TOKEN}`, 'x-tenant': 'acme' };

describe('every document of operations/', () => {
  const named = Object.entries(documents).map(
    ([hash, text]) => [/(?:query|mutation|subscription) (\w+)/.exec(text)?.[1] ?? hash, hash, text] as const,
  );
  test.each(named)('%s is valid, within the limits and can be compiled', (_name, hash, text) => {
    const { schema } = server.app.host;
    const store = new Documents({
      ...{ schema, limits: DEFAULT_LIMITS, persisted: { [hash]: text } },
      ...{ persistedOnly: true, introspection: false },
    });
    const prepared = store.find({ documentId: hash });
    expect(prepared).toMatchObject({ errors: [] });
    if (!('operations' in prepared)) throw prepared;
    for (const operation of prepared.operations) {
      expect(operation.label).toBe(operation.name);
      // Half of the largest page: all fields of 100 opportunities together are above the cost limit.
      const { error } = operation.cost({ first: 50 });
      expect(error?.extensions.code).not.toBe('LIMIT_EXCEEDED');
    }
    const compiled = compileQuery(schema, parse(text), prepared.operations[0]?.name ?? undefined);
    expect(isCompiledQuery(compiled) ? [] : compiled.errors).toEqual([]);
  });
});

test('GraphiQL’s introspection is within the limits, compiled or not', async () => {
  const query = getIntrospectionQuery({ inputValueDeprecation: true, specifiedByUrl: true });
  for (let i = 0; i < 3; i++) {
    const { body } = await post(server.url, { query }, HEADERS);
    expect(body.errors).toBeUndefined();
    expect(body.data.__schema.types.length).toBeGreaterThan(50);
  }
});

test('the interpreter and the compiled document say the same', async () => {
  const query = `query Both($id: ID!, $first: Int = 2) {
    opportunity(id: $id) { id }
    opportunities(first: $first, orderBy: { field: SCORE, direction: DESC }) { edges { node { ...Fields } } pageInfo { hasNextPage } }
    routingNodes { edges { node { ... on RoutingNode @include(if: true) { id capacity isEnabled } } } }
  } fragment Fields on Opportunity { __typename id value { amountMinor formatted(locale: "de") } }`;
  const answers = [];
  for (let i = 0; i < 3; i++) {
    answers.push((await post(server.url, { query, variables: { id: 'made up' } }, HEADERS)).body);
  }
  expect(answers[1]).toEqual(answers[0]);
  expect(answers[2]).toEqual(answers[0]);
  expect(JSON.stringify(answers[0])).toContain('VALIDATION_ERROR');
});

test('hostile pages are refused on the real schema', async () => {
  const nested =
    '{ opportunities(first: 100) { edges { node { itemNames reasons { code text } components { value } } } } }';
  const aliases = Array.from({ length: 20 }, (_, i) => `a${i}: ${nested.slice(1, -1)}`).join(' ');
  const { body } = await post(server.url, { query: `{ ${aliases} }` }, HEADERS);
  expect(body.errors[0].extensions).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 'cost', allowed: 5_000 });
});
