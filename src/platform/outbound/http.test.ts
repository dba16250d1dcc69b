import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { isPublicAddress } from './addresses.ts';
import { OutboundAmbiguous, OutboundDelayed, OutboundRefused } from './errors.ts';
import { createOutboundHttp } from './http.ts';
import { retryAfterSec } from './retry-after.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function listen(answer: RequestListener): Promise<string> {
  server = createServer(answer);
  await new Promise<void>((resolve) => (server as Server).listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const open = createOutboundHttp({ allowPrivateAddresses: true });
const guarded = createOutboundHttp({ allowPrivateAddresses: false });

test.each<[string, boolean]>([
  ['8.8.8.8', true],
  ['2606:4700::1111', true],
  ['127.0.0.1', false],
  ['10.1.2.3', false],
  ['172.31.255.255', false],
  ['172.32.0.1', true],
  ['192.168.0.1', false],
  ['169.254.169.254', false],
  ['100.64.0.1', false],
  ['100.128.0.1', true],
  ['0.0.0.0', false],
  ['224.0.0.1', false],
  ['255.255.255.255', false],
  ['::1', false],
  ['::', false],
  ['::ffff:10.0.0.1', false],
  ['::ffff:8.8.8.8', false],
  ['64:ff9b::a00:1', false],
  ['2002:7f00:1::', false],
  ['fe80::1', false],
  ['fd00::1', false],
  ['fd00:ec2::254', false],
  ['ff02::1', false],
  ['no address', false],
])('%s is public: %s', (address, isPublic) => {
  expect(isPublicAddress(address)).toBe(isPublic);
});

test.each([
  'http://127.0.0.1/',
  'http://localhost/',
  'http://2130706433/',
  'http://0x7f.1/',
  'http://[::1]/',
  'http://[::ffff:169.254.169.254]/latest/meta-data',
])('%s is refused when looked up, not when written', async (url) => {
  await expect(guarded.postJson(url, {})).rejects.toEqual(new OutboundRefused('ADDRESS_REFUSED'));
});

test.each(['ftp://example.com/', 'file:///etc/passwd', 'https://user:secret@example.com/', 'no url'])(
  '%s is no address to call',
  async (url) => {
    await expect(open.call(url)).rejects.toEqual(new OutboundRefused('URL_REFUSED'));
  },
);

test('an address that the operator gave is called on guarded installations too', async () => {
  const url = await listen((_request, response) => response.end('{"ok":true}'));
  expect((await guarded.postJson(url, { a: 1 }, { isTrusted: true })).body.toString()).toBe('{"ok":true}');
  await expect(guarded.postJson(url, { a: 1 })).rejects.toThrow('ADDRESS_REFUSED');
});

test.each<[number, Record<string, string>, Error]>([
  [400, {}, new OutboundRefused('HTTP_400')],
  [404, {}, new OutboundRefused('HTTP_404')],
  [302, { location: 'http://169.254.169.254/' }, new OutboundRefused('HTTP_302')],
  [429, { 'retry-after': '7' }, new OutboundDelayed('HTTP_429', 7)],
  [429, {}, new OutboundDelayed('HTTP_429', null)],
  [503, { 'retry-after': '9' }, new OutboundDelayed('HTTP_503', 9)],
  [503, {}, new OutboundAmbiguous('HTTP_503')],
  [500, {}, new OutboundAmbiguous('HTTP_500')],
])('an answer %d %j is %s', async (status, headers, expected) => {
  const url = await listen((_request, response) => response.writeHead(status, headers).end());
  const error = await open.postJson(`${url}/secret`, {}).catch((failure: unknown) => failure);
  expect(error).toEqual(expected);
  expect((error as OutboundDelayed).retryAfterSec).toBe((expected as OutboundDelayed).retryAfterSec);
});

test('the time-out holds to the last byte, and an answer without end is not read', async () => {
  const drip = await listen((_request, response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write('x'), 5);
    response.on('close', () => clearInterval(timer));
  });
  await expect(open.postJson(drip, {}, { timeoutMs: 100 })).rejects.toEqual(new OutboundAmbiguous('TIMEOUT'));
  server?.closeAllConnections();
  const endless = await listen((_request, response) => response.end('x'.repeat(5_000)));
  await expect(open.postJson(endless, {}, { maxBytes: 4_000 })).rejects.toEqual(
    new OutboundAmbiguous('RESPONSE_TOO_LONG'),
  );
});

test('nobody reached is certain, a broken connection is not; neither says where', async () => {
  await expect(open.postJson('http://127.0.0.1:1/token', {})).rejects.toEqual(
    new OutboundDelayed('ECONNREFUSED'),
  );
  const broken = await listen((request) => request.socket.resetAndDestroy());
  await expect(open.postJson(`${broken}/token`, {})).rejects.toEqual(new OutboundAmbiguous('ECONNRESET'));
});

test.each<[string | undefined, number | null]>([
  ['2', 2],
  ['1.2', 2],
  ['0', 0],
  ['99999', 3_600],
  ['Fri, 20 Nov 2026 12:00:30 GMT', 30],
  ['Fri, 20 Nov 2026 11:59:00 GMT', 0],
  ['Sat, 21 Nov 2026 12:00:00 GMT', 3_600],
  ['soon', null],
  ['', null],
  [undefined, null],
])('Retry-After: %s asks for %s s', (header, seconds) => {
  expect(retryAfterSec(header, () => Date.parse('2026-11-20T12:00:00Z'))).toBe(seconds);
});
