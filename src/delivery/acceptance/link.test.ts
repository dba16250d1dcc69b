import { expect, test } from 'vitest';
import { readLink, signLink } from './link.ts';

const PEPPER = 'a-pepper-of-the-installation';
const claims = {
  tenantId: '018f0000-0000-7000-8000-000000000001',
  offerId: '018f0000-0000-7000-8000-000000000002',
  expiresAt: new Date('2026-11-21T12:00:00Z'),
};
const token = signLink(claims, PEPPER);
const [payload = '', signature = ''] = token.split('.');
const forge = (text: string) => `${Buffer.from(text).toString('base64url')}.${signature}`;

test('a link tells what was signed', () => {
  expect(readLink(token, PEPPER)).toEqual(claims);
  expect(token).toMatch(/^[\w-]+\.[\w-]{43}$/);
});

test.each([
  ['nothing', ''],
  ['no signature', payload],
  ['an empty signature', `${payload}.`],
  ['a short signature', `${payload}.${signature.slice(0, 42)}`],
  ['a third part', `${token}.x`],
  ['another tenant', forge(`offer-link 018f0000-0000-7000-8000-00000000000f ${claims.offerId} 1795262400`)],
  ['a later end', forge(`offer-link ${claims.tenantId} ${claims.offerId} 9999999999`)],
  ['a changed first letter', `x${token.slice(1)}`],
  ['the same bytes written another way', `${payload}=.${signature}`],
  ['a megabyte', 'x'.repeat(1_000_000)],
  ['a lone surrogate', `\ud800.${signature}`],
])('%s is not a link', (_name, text) => expect(readLink(text, PEPPER)).toBeNull());

test('another installation’s link is not ours', () => {
  expect(readLink(signLink(claims, 'another-pepper'), PEPPER)).toBeNull();
});
