import { pino } from 'pino';

export type Logger = pino.Logger;

/** Keys of ours and claim tokens, wherever they stand: the public prefix stays, so that a finding can be followed up. */
const KEY_TEXTS = /\b(rk_(?:live|test)_[0-9A-Za-z]{8}_|kc_)[0-9A-Za-z_-]{43}/g;

/** A text without the keys in it. */
export const withoutKeys = (text: string): string => text.replace(KEY_TEXTS, '$1[redacted]');

/** JSON lines on stdout, or readable ones on a terminal; secrets are cut out by path and by shape. */
export function createLogger(level: string, isPretty: boolean): Logger {
  return pino({
    level,
    redact: {
      paths: ['*.authorization', '*.token', '*.secret', '*.password', '*.adminToken'],
      censor: '[redacted]',
    },
    hooks: { streamWrite: withoutKeys },
    ...(isPretty && {
      transport: { target: 'pino-pretty', options: { ignore: 'pid,hostname', singleLine: true } },
    }),
  });
}
