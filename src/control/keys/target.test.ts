import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Scope } from '../../platform/scope.ts';
import { createVault } from '../../platform/secrets/seal.ts';
import { challengeAnswer, checkTarget, openTarget, signature } from './target.ts';

const scope = { tenantId: 't', outbound: { vault: createVault('pepper-0123456789') } } as unknown as Scope;
const secret = 'a-signing-secret';

test.each([
  ['https://vault.example.com/keys?token=hidden', 'https://vault.example.com'],
  ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080'],
  ['http://172.16.0.1/k', 'http://172.16.0.1'],
  ['http://[::1]:81/k', 'http://[::1]:81'],
])('%s is a target, shown as %s', (url, origin) => {
  const { target, targetSealed } = checkTarget(scope, { url, secret });
  expect(target).toEqual({ kind: 'WEBHOOK', origin, probeOrigin: null });
  expect(openTarget(scope, targetSealed)).toEqual({ url, probeUrl: null, secret });
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

test('addresses and secret are sealed; the secret is kept when none is given, and needed at first', () => {
  const url = 'https://vault.example.com/path-secret';
  const { targetSealed } = checkTarget(scope, { url, secret });
  for (const part of [secret, 'path-secret', 'vault']) expect(targetSealed).not.toContain(part);
  const probeUrl = 'https://probe.example.com/p';
  const next = checkTarget(scope, { url: 'https://other.example.com/', probeUrl }, targetSealed);
  expect(next.target).toMatchObject({ probeOrigin: 'https://probe.example.com' });
  expect(openTarget(scope, next.targetSealed)).toEqual({
    ...{ url: 'https://other.example.com/', probeUrl, secret },
  });
  for (const wrong of [undefined, null, '', 'short', `${secret}\n`]) {
    expect(() => checkTarget(scope, { url, secret: wrong })).toThrow(
      expect.objectContaining({ field: 'target.secret' }),
    );
  }
  const unreadable = createVault('another-pepper-0123').seal('{}', 't');
  expect(() => checkTarget(scope, { url }, unreadable)).toThrow('give it again');
});

test('signature and challenge are plain HMACs that any store can compute', () => {
  const at = new Date('2026-01-01T00:00:00.900Z');
  const hmac = (key: string, text: string) => createHmac('sha256', key).update(text).digest('hex');
  expect(signature('s', at, '{}')).toBe(`t=1767225600,v1=${hmac('s', '1767225600.{}')}`);
  expect(challengeAnswer('value', 'challenge')).toBe(hmac('value', 'challenge'));
});
