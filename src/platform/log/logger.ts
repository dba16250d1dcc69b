import { pino } from 'pino';

export type Logger = pino.Logger;

/** JSON lines on stdout, or readable ones on a terminal; secrets are cut out by path and by shape. */
export function createLogger(level: string, isPretty: boolean): Logger {
  return pino({
    level,
    redact: {
      paths: ['*.authorization', '*.token', '*.secret', '*.password', '*.adminToken'],
      censor: '[redacted]',
    },
    ...(isPretty && {
      transport: { target: 'pino-pretty', options: { ignore: 'pid,hostname', singleLine: true } },
    }),
  });
}
