import { get } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startToy, type Toy } from './toy.ts';

let toy: Toy;
let root: string;
beforeAll(async () => {
  toy = await startToy({
    graphiql: { title: 'A </script> title', tabs: [{ query: '{ a(b: "</script>") }' }], tenant: 'a"b' },
  });
  root = toy.url.replace('/graphql', '');
});
afterAll(() => toy.stop());

interface Raw {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}
/** One GET as it comes over the wire: nothing is decompressed or followed. */
const raw = (url: string, headers: Record<string, string> = {}): Promise<Raw> =>
  new Promise((resolve, reject) => {
    get(url, { headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) }),
      );
    }).on('error', reject);
  });
const page = (headers = {}) => raw(toy.url, { accept: 'text/html', ...headers });

test('the page is small, cannot be framed, and runs no script but ours', async () => {
  const { status, headers, body } = await page();
  expect(status).toBe(200);
  expect(headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-cache',
    'x-frame-options': 'DENY',
  });
  expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
  expect(headers['content-security-policy']).toContain("script-src 'self';");
  const text = body.toString();
  expect(text.length).toBeLessThan(10_000);
  expect(text).toContain('<title>A &lt;/script&gt; title</title>');
  expect(text).toContain('value="a&quot;b"');
  // What tabs and titles hold cannot end the element of data they stand in.
  expect(text.match(/<\/script>/g)).toHaveLength(3);
  const facts = /<script id="facts" type="application\/json">(.*?)<\/script>/.exec(text)?.[1] ?? '';
  expect(JSON.parse(facts).options).toMatchObject({ defaultTabs: [{ query: '{ a(b: "</script>") }' }] });
  expect((await page({ 'if-none-match': headers.etag })).status).toBe(304);
});

test('what the page loads comes compressed, once, and is kept for ever', async () => {
  const text = (await page()).body.toString();
  const paths = [...new Set(text.match(/\/graphiql\/[0-9a-f]{16}\/[\w.-]+/g))];
  expect(paths.map((path) => path.split('/').at(-1)).sort()).toEqual([
    ...['editor-worker.js', 'favicon.ico', 'graphiql.css', 'graphiql.js', 'graphql-worker.js'],
    ...['json-worker.js', 'page.css', 'start.js'],
  ]);
  const plain = await Promise.all(paths.map((path) => raw(root + path)));
  const packed = await Promise.all(paths.map((path) => raw(root + path, { 'accept-encoding': 'gzip, br' })));
  for (const [i, { headers, body }] of packed.entries()) {
    expect(headers).toMatchObject({
      'content-encoding': 'br',
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'accept-encoding',
    });
    expect(brotliDecompressSync(body).equals(plain[i]?.body as Buffer)).toBe(true);
  }
  const size = (answers: Raw[]) => answers.reduce((sum, { body }) => sum + body.length, 0);
  expect(size(plain)).toBeGreaterThan(8_000_000);
  expect(size(packed)).toBeLessThan(2_500_000);
  const start = `${root}${paths.find((path) => path.endsWith('start.js'))}`;
  const gzipped = await raw(start, { 'accept-encoding': 'br;q=0, gzip' });
  expect(gzipped.headers['content-encoding']).toBe('gzip');
  expect(gunzipSync(gzipped.body).toString()).toContain('MonacoEnvironment');
  const again = await raw(start, {
    'accept-encoding': 'gzip',
    'if-none-match': `"x", ${gzipped.headers.etag}`,
  });
  expect([again.status, again.body.length]).toEqual([304, 0]);
});

test('the bare address leads to it; unknown files do not exist; programs are answered as ever', async () => {
  const bare = await raw(`${root}/`);
  expect([bare.status, bare.headers.location]).toEqual([302, '/graphql']);
  expect((await raw(`${root}/graphiql/0123456789abcdef/graphiql.js`)).status).toBe(404);
  const program = await raw(`${toy.url}?query=%7Bhello%7D`, { 'x-csrf-prevention': '1' });
  expect(JSON.parse(program.body.toString())).toEqual({ data: { hello: 'Hello you' } });
  const without = await startToy();
  const bareUrl = without.url.replace('graphql', '');
  expect((await raw(bareUrl)).status).toBe(404);
  expect((await raw(without.url, { accept: 'text/html' })).headers['content-type']).not.toContain('html');
  await without.stop();
});

test('large answers are compressed for those who ask; small ones and those of others are not', async () => {
  const ask = (first: number, headers: Record<string, string>) =>
    raw(`${toy.url}?query=${encodeURIComponent(`{ items(first: ${first}) { name } }`)}`, {
      ...{ 'x-csrf-prevention': '1', origin: 'https://dash.example' },
      ...headers,
    });
  const large = await ask(900, { 'accept-encoding': 'gzip, deflate, br' });
  expect(large.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' });
  const { items } = JSON.parse(gunzipSync(large.body).toString()).data;
  expect(items).toHaveLength(900);
  expect(large.body.length).toBeLessThan(5_000);
  const plain = await ask(900, {});
  expect([plain.headers['content-encoding'], plain.headers.vary]).toEqual([undefined, 'accept-encoding']);
  expect(JSON.parse(plain.body.toString()).data.items).toEqual(items);
  expect((await ask(900, { 'accept-encoding': 'gzip;q=0, br' })).headers['content-encoding']).toBeUndefined();
  expect((await ask(10, { 'accept-encoding': 'gzip' })).headers['content-encoding']).toBeUndefined();
});
