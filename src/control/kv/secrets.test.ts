import { expect, test } from 'vitest';
import type { Json } from '../../kernel/canonical.ts';
import { findSecret } from './secrets.ts';

// Put together here, so that scanners of this repository find nothing either.
const letters = 'aB3dE5fG7hJ9kL2mN4pQ6rS8tV1wX3yZ';
const long = letters + letters;

test.each([
  ['a PEM block', 'note', `-----BEGIN RSA PRIVATE ${'KEY'}-----\nMIIE`],
  ['an API key of this product', 'note', `rk_live_${letters.slice(0, 8)}_${long.slice(0, 43)}`],
  ['a JSON Web Token', 'note', `eyJ${letters}.eyJ${letters}.${letters}`],
  ['a Stripe key', 'note', `use sk_live_${letters} here`],
  ['a Stripe key', 'note', `rk_test_${letters}`],
  ['a Razorpay key', 'note', `rzp_test_${letters.slice(0, 14)}`],
  ['a Slack token or webhook', 'note', `https://hooks.slack.com/services/T0/B0/${letters}`],
  ['a GitHub token', 'note', `ghp_${long.slice(0, 36)}`],
  ['an AWS access key', 'note', `AKIA${'ABCDEFGH23456789'}`],
  ['a Google API key', 'note', `AIza${long.slice(0, 35)}`],
  ['an OpenAI or Anthropic key', 'note', `sk-ant-${letters}`],
  ['a Notion token', 'note', `secret_${letters}${letters}`],
  ['a Telegram bot token', 'note', `123456789:AA${long.slice(0, 33)}`],
  ['a password in an address', 'note', 'postgres://owner:hunter2@db/revenue'],
  ['a password', 'smtp/password', 'hunter22'],
  ['a random secret under a name for secrets', 'client_secret', letters],
] as const)('%s is found', (what, name, text) => {
  expect(findSecret(name, text)).toEqual({ path: 'value', what });
});

test('deep inside, in lists, and as a name; its text is not part of the finding', () => {
  const found = findSecret('settings', { smtp: { users: [{ passwords: ['hunter22'] }] } });
  expect(found).toEqual({ path: 'value.smtp.users.0.passwords.0', what: 'a password' });
  expect(findSecret('settings', { [`ghp_${long.slice(0, 36)}`]: 1 })?.path).toBe('value.ghp_aB3d…');
});

test.each([
  ['max_tokens', 4096],
  ['tokens_used', '12345678901234567890'],
  ['password_policy', 'at least twelve characters'],
  ['token', 'short'],
  ['secret_santa', 'aaaaaaaaaaaaaaaaaaaaaaaa'],
  ['id', '018f3c2e-7c1a-7b3a-9f00-3a5a5b5c5d5e'],
  ['address', 'https://example.com/path?q=1'],
  ['risk_live_total', 'task_live_statistics'],
  ['list', [1, true, null, { a: 'b' }]],
] satisfies [string, Json][])('%s is nothing to hide', (name, value) => {
  expect(findSecret(name, value)).toBeNull();
});
