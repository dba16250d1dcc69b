import { expect, test } from 'vitest';
import { createVault } from './seal.ts';

const vault = createVault('a-pepper-of-the-installation');
const [ours, theirs] = ['018f0000-0000-7000-8000-000000000001', '018f0000-0000-7000-8000-000000000002'];
const sealed = vault.seal('sk_test_ü', ours);

test('what is sealed opens again, and never looks the same twice', () => {
  expect(vault.open(sealed, ours)).toBe('sk_test_ü');
  expect(vault.seal('sk_test_ü', ours)).not.toBe(sealed);
  expect(sealed).not.toContain('sk_test');
});

test.each([
  ['another tenant', () => vault.open(sealed, theirs)],
  ['another pepper', () => createVault('another-pepper').open(sealed, ours)],
  ['a changed byte', () => vault.open(`${sealed.slice(0, -2)}AA`, ours)],
  ['a cut tag', () => vault.open(sealed.slice(0, 20), ours)],
  ['another version', () => vault.open(sealed.replace('v1', 'v2'), ours)],
  ['nothing', () => vault.open('', ours)],
])('%s does not open it', (_name, open) => expect(open).toThrow('cannot be read'));
