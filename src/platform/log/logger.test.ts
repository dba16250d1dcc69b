import { expect, test } from 'vitest';
import { withoutKeys } from './logger.ts';

const secret = 'A1b'.repeat(15).slice(0, 43);

test.each([
  [`{"msg":"rk_live_abcdEFGH_${secret} is wrong"}`, '{"msg":"rk_live_abcdEFGH_[redacted] is wrong"}'],
  [`Bearer rk_test_abcdEFGH_${secret}`, 'Bearer rk_test_abcdEFGH_[redacted]'],
  [`token=kc_${secret.slice(0, 41)}-_&x`, 'token=kc_[redacted]&x'],
  ['rk_live_abcdEFGH_short and kc_short', 'rk_live_abcdEFGH_short and kc_short'],
])('%s', (text, clean) => expect(withoutKeys(text)).toBe(clean));
