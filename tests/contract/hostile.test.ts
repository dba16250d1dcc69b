import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { post, startToy, type Toy } from './toy.ts';

const code = (answer: { body: { errors?: { extensions: { code: string } }[] } }) =>
  answer.body.errors?.[0]?.extensions.code;

describe.each([
  ['the straight way', true],
  ['the way through Yoga', false],
])('refused before it costs anything, %s', (_name, straight) => {
  let toy: Toy;
  let strict: Toy;
  beforeAll(async () => {
    toy = await startToy({ straight });
    strict = await startToy({
      straight,
      introspection: false,
      limits: { ratePerMinute: 5, bodyBytes: 2_000 },
    });
  });
  afterAll(async () => {
    await toy.stop();
    await strict.stop();
  });

  const limits: [string, string, Record<string, unknown>][] = [
    [
      'depth',
      `{ ${'items { '.repeat(11)} name ${'}'.repeat(11)} }`,
      { limit: 'depth', depth: 12, allowed: 10 },
    ],
    [
      'aliases',
      `{ ${Array.from({ length: 31 }, (_, i) => `a${i}: hello`).join(' ')} }`,
      { limit: 'aliases', aliases: 31, allowed: 30 },
    ],
    [
      'aliases through fragments',
      `{ items { ...a ...b } } fragment a on Item { ${Array.from({ length: 16 }, (_, i) => `a${i}: name`).join(' ')} }
       fragment b on Item { items { ...a } }`,
      { limit: 'aliases', aliases: 32 },
    ],
    ['the same field again and again', `{ ${'hello '.repeat(40)} }`, { limit: 'aliases', aliases: 39 }],
    ['directives', `{ hello ${'@skip(if: false) '.repeat(21)} }`, { limit: 'directives', directives: 21 }],
    ['tokens', `{ ${'hello '.repeat(2_001)} }`, { limit: 'tokens', allowed: 2_000 }],
    ['brackets', `{ hello(a: ${'['.repeat(3_000)}) }`, { limit: 'nesting', nesting: 201, allowed: 200 }],
    ['brackets in turns', `{ hello(a: ${'{a:['.repeat(500)}) }`, { limit: 'nesting', allowed: 200 }],
    ['huge pages', '{ items(first: 100) { items(first: 100) { name } } }', { limit: 'cost', cost: 10_101 }],
  ];

  test.each([
    [
      'fragments that spread each other twice',
      `query { ...F0 } ${Array.from({ length: 40 }, (_, i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`).join(' ')}
       fragment F40 on Query { hello }`,
    ],
    ['a string of escaped quotes without an end', `{ hello(a: "${'\\"'.repeat(200_000)}`],
    ['blocks without an end', `{ hello(a: ${'"""\n'.repeat(100_000)}"""`],
    ['suggestions in a literal', `{ hello(a: """${' Did you mean '.repeat(40_000)}\n""") }`],
  ])('%s cost no more than their length', async (_name, query) => {
    // Anything but linear would be minutes; nobody else is served meanwhile.
    const started = performance.now();
    for (const { url } of [toy, strict]) await post(url, { query });
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  test.each(limits)('%s: LIMIT_EXCEEDED with what was measured', async (_limit, query, details) => {
    const answer = await post(toy.url, { query }, { accept: 'application/graphql-response+json' });
    expect(answer.status).toBe(400);
    expect(answer.body.data).toBeUndefined();
    expect(answer.body.errors).toHaveLength(1);
    expect(answer.body.errors[0].extensions).toMatchObject({ code: 'LIMIT_EXCEEDED', ...details });
    expect(answer.text).not.toContain('"http"');
  });

  test('brackets in texts and comments open nothing, however long those are', async () => {
    const many = '([{'.repeat(100);
    const harmless = [`# ${many}\n{ hello }`, `query q @a(b: "\\"${many}") { hello }`];
    for (const query of [...harmless, `"""\\"""${many}""" query q { hello }`]) {
      expect((await post(toy.url, { query })).text).not.toContain('nesting');
    }
    for (const start of ['"""', '"', '#', '"\\"']) {
      expect((await post(toy.url, { query: `{ hello } ${start}${'x'.repeat(900_000)}` })).status).toBe(200);
    }
    for (const part of ['"a" ', '() ', '"""', '\\"""']) {
      expect((await post(toy.url, { query: `{ hello } ${part.repeat(120_000)}` })).status).toBe(200);
    }
  });

  test('page sizes count from variables too, per operation of the document', async () => {
    const query =
      'query small { hello } query big($n: Int) { items(first: $n) { items(first: 60) { name } } }';
    const run = (n: number, operationName: string) =>
      post(toy.url, { query, operationName, variables: { n } });
    expect((await run(2, 'big')).body.data.items).toHaveLength(2);
    expect(code(await run(200, 'big'))).toBe('LIMIT_EXCEEDED');
    expect((await run(200, 'small')).body.data).toEqual({ hello: 'Hello you' });
    const cost = await post(toy.url, { query, operationName: 'big', variables: { n: 2 } }, { 'x-cost': '1' });
    expect(cost.body.extensions).toEqual({ cost: { requested: 1 + 2 * (1 + 60), limit: 5_000 } });
    expect((await run(2, 'big')).body.extensions).toBeUndefined();
  });

  test('fragments in a circle, unknown fields and wrong variables say what is wrong', async () => {
    const circle = await post(toy.url, {
      query: '{ items { ...a } } fragment a on Item { items { ...b } } fragment b on Item { items { ...a } }',
    });
    expect(code(circle)).toBe('GRAPHQL_VALIDATION_FAILED');
    const unknown = await post(toy.url, { query: '{ helo }' });
    expect(unknown.body.errors[0].message).toContain('Did you mean "hello"');
    for (let i = 0; i < 3; i++) {
      const wrong = await post(
        toy.url,
        { query: 'query q($n: Int!) { items(first: $n) { name } }', variables: { n: 'many' } },
        { accept: 'application/graphql-response+json' },
      );
      expect([wrong.status, code(wrong)]).toEqual([400, 'VALIDATION_ERROR']);
    }
  });

  test('batches of more than 10', async () => {
    const batch = (n: number) =>
      post(
        toy.url,
        Array.from({ length: n }, () => ({ query: '{ hello }' })),
      );
    const ten = await batch(10);
    expect(ten.body).toHaveLength(10);
    expect(ten.body[9]).toEqual({ data: { hello: 'Hello you' } });
    const eleven = await batch(11);
    expect(eleven.status).toBeGreaterThanOrEqual(400 - (straight ? 200 : 0));
    expect(eleven.body.data).toBeUndefined();
    if (straight)
      expect(eleven.body.errors[0].extensions).toMatchObject({ code: 'LIMIT_EXCEEDED', batch: 11 });
  });

  test('introspection off: neither the schema nor suggestions', async () => {
    const schema = await post(strict.url, { query: '{ __schema { types { name } } }' });
    expect(code(schema)).toBe('GRAPHQL_VALIDATION_FAILED');
    const typo = await post(strict.url, { query: '{ helo }' });
    expect(typo.text).not.toContain('hello');
    const open = await post(toy.url, { query: '{ __schema { queryType { name } } }' });
    expect(open.body.data.__schema.queryType.name).toBe('Query');
  });

  test('a body over the limit is 413, whether it says so or not', async () => {
    const large = { query: '{ hello }', variables: { x: 'x'.repeat(5_000) } };
    const answer = await post(strict.url, large, { authorization: 'Bearer rk_body' });
    expect([answer.status, code(answer)]).toEqual([413, 'LIMIT_EXCEEDED']);
    const status = await new Promise<number>((resolve, reject) => {
      const request = httpRequest(
        strict.url,
        { method: 'POST', headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' } },
        (response) => resolve(response.statusCode ?? 0),
      );
      request.on('error', reject);
      request.end(JSON.stringify(large));
    });
    expect(status).toBe(413);
  });

  test('too many operations per minute: 429 with the time to wait, per key', async () => {
    const run = (key: string) => post(strict.url, { query: '{ hello }' }, { authorization: `Bearer ${key}` });
    for (let i = 0; i < 5; i++) expect((await run('rk_a')).status).toBe(200);
    const refused = await run('rk_a');
    expect([refused.status, code(refused)]).toEqual([429, 'RATE_LIMITED']);
    expect(refused.body.errors[0].extensions.retryAfterSec).toBeGreaterThan(50);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    expect((await run('rk_b')).status).toBe(200);
    const batch = (key: string, n: number) =>
      post(strict.url, Array(n).fill({ query: '{ hello }' }), { authorization: `Bearer ${key}` });
    const [none, some] = [await batch('rk_a', 2), await batch('rk_b', 6)];
    const codes = ({ body }: { body: unknown }) => (body as object[]).map((one) => code({ body: one }));
    expect(codes(none)).toEqual(['RATE_LIMITED', 'RATE_LIMITED']);
    expect(codes(some).filter((one) => one === undefined)).toHaveLength(4);
    // A batch is refused as a whole only when nothing of it ran.
    if (straight) {
      expect([none.status, some.status]).toEqual([429, 200]);
      expect(Number(none.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    }
  });
});

test('pages and webhooks have the budget of their address, a limit of size, and no stack trace', async () => {
  const echo = {
    prefix: '/echo/',
    maxBytes: 10,
    handle: async ({ rest, body }: { rest: string; body: Buffer }) => {
      if (rest === 'broken') throw new Error('secret detail');
      return { status: 200, type: 'text/plain', body: `${rest}:${body}` };
    },
  };
  const toy = await startToy({ routes: [echo], limits: { ratePerMinute: 4 } });
  const send = async (rest: string, body: string) => {
    const response = await fetch(toy.url.replace('graphql', `echo/${rest}`), { method: 'POST', body });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const answered = await send('a', 'hello');
  expect([answered.status, answered.text, answered.headers.get('cache-control')]).toEqual([
    ...[200, 'a:hello', 'no-store'],
  ]);
  expect((await send('a', 'x'.repeat(11))).status).toBe(413);
  const broken = await send('broken', '');
  expect([broken.status, broken.text.includes('secret')]).toEqual([500, false]);
  expect((await send('a', 'again')).status).toBe(200);
  const refused = await send('a', 'once more');
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50);
  await toy.stop();
});

describe('what leaves the house', () => {
  let toy: Toy;
  beforeAll(async () => {
    toy = await startToy({
      corsOrigins: ['https://dash.example'],
      graphiql: { tabs: [{ query: '{ tour }' }] },
    });
  });
  afterAll(() => toy.stop());

  test('a bug is masked with the request id and logged once', async () => {
    toy.lines.length = 0;
    for (const straight of [1, 2]) {
      const answer = await post(toy.url, { query: '{ hello boom }' }, { 'x-request-id': `req-${straight}` });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('x-request-id')).toBe(`req-${straight}`);
      expect(answer.body).toEqual({
        data: { hello: 'Hello you', boom: null },
        errors: [
          {
            message: 'Internal error',
            locations: [{ line: 1, column: 9 }],
            path: ['boom'],
            extensions: { code: 'INTERNAL', requestId: `req-${straight}` },
          },
        ],
      });
    }
    expect(toy.lines).toHaveLength(2);
    expect(toy.lines[0]).toMatchObject({ msg: 'Internal error', requestId: 'req-1' });
    expect(toy.lines[0]?.err?.message).toContain('hunter2');
    const other = await post(toy.url, { query: '{ hello }' }, { 'x-request-id': 'a b"c' });
    expect(other.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('a null where none may be, and a failing authentication, tell nothing either', async () => {
    const answers = [
      await post(toy.url, { query: '{ brokenNull }' }),
      await post(toy.url, { query: '{ brokenNull }' }),
      await post(toy.url, { query: '{ hello }' }, { authorization: 'Bearer boom' }),
    ];
    for (const answer of answers) {
      expect(answer.body.errors[0].message).toBe('Internal error');
      expect(answer.text).not.toMatch(/secret|stack|\.ts/);
    }
    expect(answers[2]?.status).toBe(500);
  });

  test('expected refusals keep their words and details', async () => {
    for (let i = 0; i < 2; i++) {
      const missing = await post(toy.url, { query: '{ missing }' });
      expect(missing.body.errors[0]).toMatchObject({
        message: 'No thing with id "7".',
        path: ['missing'],
        extensions: { code: 'NOT_FOUND', kind: 'thing', id: '7' },
      });
    }
    const anonymous = await post(toy.url, { query: '{ tenant }' });
    expect([anonymous.status, code(anonymous)]).toEqual([200, 'UNAUTHENTICATED']);
    const wrong = await post(toy.url, { query: '{ hello }' }, { authorization: 'Bearer nonsense' });
    expect([wrong.status, code(wrong)]).toEqual([401, 'UNAUTHENTICATED']);
  });

  test('what a foreign page could send is refused', async () => {
    const simple = await fetch(toy.url, { method: 'POST', body: '{"query":"{ hello }"}' });
    expect(simple.status).toBe(403);
    const form = new FormData();
    form.set('operations', '{"query":"mutation { touch }"}');
    expect((await fetch(toy.url, { method: 'POST', body: form })).status).toBe(403);
    const custom = { 'x-csrf-prevention': '1' };
    const unknown = await fetch(toy.url, { method: 'POST', body: form, headers: custom });
    expect(unknown.status).toBe(415);
    const message = 'Send JSON, with "content-type: application/json".';
    expect(await unknown.json()).toEqual({ errors: [{ message, extensions: { code: 'BAD_REQUEST' } }] });
    const get = `${toy.url}?query=${encodeURIComponent('{ hello }')}`;
    expect((await fetch(get)).status).toBe(403);
    const answer = await fetch(get, { headers: custom });
    expect(await answer.json()).toEqual({ data: { hello: 'Hello you' } });
    const mutation = await fetch(`${toy.url}?query=${encodeURIComponent('mutation { touch }')}`, {
      headers: custom,
    });
    expect([mutation.status, mutation.headers.get('allow')]).toEqual([405, 'POST']);
  });

  test('browsers of the configured origin may call, others may not', async () => {
    const preflight = (origin: string) => fetch(toy.url, { method: 'OPTIONS', headers: { origin } });
    const ours = await preflight('https://dash.example');
    expect(ours.status).toBe(204);
    expect(ours.headers.get('access-control-allow-origin')).toBe('https://dash.example');
    expect(ours.headers.get('access-control-allow-headers')).toContain('authorization');
    expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
    const answer = await post(toy.url, { query: '{ hello }' }, { origin: 'https://dash.example' });
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://dash.example');
  });

  test('GraphiQL opens with its tabs; other paths and media types are refused plainly', async () => {
    const page = await fetch(toy.url, { headers: { accept: 'text/html' } });
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(await page.text()).toContain('{ tour }');
    expect((await fetch(toy.url.replace('/graphql', '/nothing'))).status).toBe(404);
    const picky = await post(toy.url, { query: '{ hello }' }, { accept: 'image/png' }).catch(() => null);
    expect(picky?.status ?? 406).toBe(406);
    const waiting = await post(toy.url, { query: 'subscription { events { seq } }' });
    expect([waiting.status, code(waiting)]).toEqual([406, 'BAD_REQUEST']);
  });
});

describe('persisted documents', () => {
  const text = 'query Greeting { hello }';
  const hash = createHash('sha256').update(text).digest('hex');

  test('run by hash, both ways of saying it; others are refused when only they may run', async () => {
    const toy = await startToy({ persistedDocuments: { [hash]: text }, persistedOnly: true });
    const data = { hello: 'Hello you' };
    expect((await post(toy.url, { documentId: `sha256:${hash}` })).body).toEqual({ data });
    const apq = { extensions: { persistedQuery: { version: 1, sha256Hash: hash } } };
    expect((await post(toy.url, apq)).body).toEqual({ data });
    expect((await post(toy.url, { query: text })).body).toEqual({ data });
    expect(code(await post(toy.url, { query: '{ hello }' }))).toBe('FORBIDDEN');
    expect(code(await post(toy.url, { documentId: `sha256:${'0'.repeat(64)}` }))).toBe(
      'PERSISTED_QUERY_NOT_FOUND',
    );
    expect(code(await post(toy.url, { documentId: 'sha256:nonsense' }))).toBe('BAD_REQUEST');
    expect(code(await post(toy.url, { query: '{ hello }', ...apq }))).toBe('BAD_REQUEST');
    const url = `${toy.url}?documentId=sha256:${hash}`;
    const get = await fetch(url, { headers: { 'x-csrf-prevention': '1' } });
    expect(await get.json()).toEqual({ data });
    const metrics = await toy.registry.metrics();
    expect(metrics).toContain('graphql_operation_duration_seconds_count{operation="Greeting"} 4');
    expect(metrics).toContain('graphql_errors_total{code="FORBIDDEN"} 1');
    await toy.stop();
  });
});

describe('operability', () => {
  test('live, ready and metrics; stopping drains what runs', async () => {
    let isDatabaseUp = true;
    const toy = await startToy({
      readyChecks: {
        database: async () => {
          if (!isDatabaseUp) throw new Error('secret host');
        },
      },
    });
    const base = toy.url.replace('/graphql', '');
    expect(await (await fetch(`${base}/livez`)).json()).toEqual({ status: 'alive' });
    expect(await (await fetch(`${base}/readyz`)).json()).toEqual({
      status: 'ready',
      checks: { database: 'ok' },
    });
    isDatabaseUp = false;
    // One failed check is a hiccup; the second in a row takes the instance out.
    const hiccup = await fetch(`${base}/readyz`);
    expect(hiccup.status).toBe(200);
    expect(await hiccup.json()).toMatchObject({ checks: { database: 'not ready, 1 of 2 in a row' } });
    const ready = await fetch(`${base}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toEqual({ status: 'not ready', checks: { database: 'not ready' } });
    expect(await (await fetch(`${base}/metrics`)).text()).toContain('graphql_subscribers');
    const slow = post(toy.url, { query: '{ slow }' });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const started = performance.now();
    await toy.stop(5_000);
    expect((await slow).body).toEqual({ data: { slow: 'done' } });
    expect(performance.now() - started).toBeLessThan(2_000);
    await expect(post(toy.url, { query: '{ hello }' })).rejects.toThrow();
  });
});
