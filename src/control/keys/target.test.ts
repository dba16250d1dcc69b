import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Scope } from '../../platform/scope.ts';
import { createVault } from '../../platform/secrets/seal.ts';
import { challengeAnswer, checkTarget, signature } from './target.ts';

const scope = { tenantId: 't', outbound: { vault: createVault('pepper-0123456789') } } as unknown as Scope;
const secret = 'a-signing-secret';

test.each([
  ['https://vault.example.com/keys', 'https://vault.example.com/keys'],
  ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080/'],
  ['http://172.16.0.1/k', 'http://172.16.0.1/k'],
  ['http://[::1]/k', 'http://[::1]/k'],
])('%s is a target', (url, href) => {
  expect(checkTarget(scope, { url, secret }).target).toEqual({ kind: 'WEBHOOK', url: href, probeUrl: null });
});

test.each([
  'http://vault.example.com',
  'http://172.32.0.1/',
  'http://10.example.com/',
  'ftp://127.0.0.1/',
  'https://user:pass@example.com/',
  'vault',
  '',
])('%s is not', (url) => {
  expect(() => checkTarget(scope, { url, secret })).toThrow(expect.objectContaining({ field: 'target.url' }));
});

test('a secret is sealed, kept when none is given, and needed at first', () => {
  const url = 'https://vault.example.com/';
  const { targetSealed } = checkTarget(scope, { url, secret });
  expect(targetSealed).not.toContain(secret);
  expect(scope.outbound.vault.open(targetSealed, 't')).toBe(secret);
  expect(checkTarget(scope, { url }, targetSealed).targetSealed).toBe(targetSealed);
  for (const wrong of [undefined, null, '', 'short', `${secret}\n`]) {
    expect(() => checkTarget(scope, { url, secret: wrong })).toThrow(
      expect.objectContaining({ field: 'target.secret' }),
    );
  }
});

test('signature and challenge are plain HMACs that any store can compute', () => {
  const at = new Date('2026-01-01T00:00:00.900Z');
  const hmac = (key: string, text: string) => createHmac('sha256', key).update(text).digest('hex');
  expect(signature('s', at, '{}')).toBe(`t=1767225600,v1=${hmac('s', '1767225600.{}')}`);
  expect(challengeAnswer('value', 'challenge')).toBe(hmac('value', 'challenge'));
});
