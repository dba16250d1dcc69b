import { resolve } from 'node:path';
import { z } from 'zod';

/*
 * The only reader of process.env. A wrong value names the variable and says what would be right; the value itself
 * is never printed, because it may be a secret.
 */
const flag = (fallback: boolean) =>
  z
    .enum(['true', 'false', '1', '0'], { error: 'must be true or false' })
    .default(fallback ? 'true' : 'false')
    .transform((value) => value === 'true' || value === '1');

const whole = (fallback: number, min: number, max: number) =>
  z.coerce
    .number({ error: `must be a whole number from ${min} to ${max}` })
    .int(`must be a whole number from ${min} to ${max}`)
    .min(min, `must be at least ${min}`)
    .max(max, `must be at most ${max}`)
    .default(fallback);

const url = (protocols: string[], example: string) =>
  z
    .string()
    .refine(
      (text) => URL.canParse(text) && protocols.includes(new URL(text).protocol),
      `must look like ${example}`,
    )
    .optional();

const schema = z.object({
  PORT: whole(4000, 0, 65_535),
  HOST: z.string().min(1, 'must be an address to listen on').default('127.0.0.1'),
  DATABASE_URL: url(['postgres:', 'postgresql:'], 'postgres://user@host:5432/database'),
  REDIS_URL: url(['redis:', 'rediss:'], 'redis://host:6379'),
  DATA_DIR: z.string().min(1, 'must be a folder').default('./data'),
  ADMIN_TOKEN: z.string().min(32, 'must have at least 32 characters').optional(),
  STRIPE_API_BASE: url(['http:', 'https:'], 'https://api.stripe.com'),
  RAZORPAY_API_BASE: url(['http:', 'https:'], 'https://api.razorpay.com'),
  KEY_PEPPER: z.string().min(16, 'must have at least 16 characters').optional(),
  ROLE: z.enum(['web', 'worker', 'all'], { error: 'must be web, worker or all' }).default('all'),
  DEMO: flag(true),
  AUTOMATION_ENABLED: flag(true),
  CHECK_INTERVAL_MINUTES: whole(30, 1, 1440),
  EVENT_RETENTION_HOURS: whole(24, 1, 8760),
  BODY_LIMIT_BYTES: whole(1_048_576, 1024, 104_857_600),
  RATE_LIMIT_PER_MINUTE: whole(6000, 1, 10_000_000),
  PERSISTED_ONLY: flag(false),
  GRAPHIQL: flag(true),
  INTROSPECTION: flag(true),
  PUBLIC_URL: url(['http:', 'https:'], 'https://engine.example.com'),
  CORS_ORIGINS: z.string().default(''),
  DATABASE_POOL_SIZE: whole(10, 2, 200),
  LOG_LEVEL: z
    .enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'], {
      error: 'must be a pino level such as info',
    })
    .default('info'),
});

/** Everything the process may be told from outside. */
export interface Config extends z.infer<typeof schema> {
  /** Absolute folder of the embedded installation. */
  dataDir: string;
  corsOrigins: string[];
  /** Address under which customers reach the installation, without a slash at its end; undefined: where it listens. */
  publicUrl: string | undefined;
  /** True when the database runs inside this process. */
  isEmbedded: boolean;
}

/** What a command line is told from outside. */
export const readCommandLineConfig = (): Config => readConfig(process.env, true);

/** A wrong environment; the message names every wrong variable. */
export class ConfigError extends Error {}

/** Reads and checks the environment. Empty values count as unset. A command line needs no ADMIN_TOKEN. */
export function readConfig(env: NodeJS.ProcessEnv = process.env, isCommandLine = false): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')} ${issue.message}`);
    throw new ConfigError(`The environment is wrong:\n${lines.join('\n')}`);
  }
  const values = parsed.data;
  const isEmbedded = values.DATABASE_URL === undefined;
  if (!isEmbedded && !isCommandLine && values.ADMIN_TOKEN === undefined) {
    throw new ConfigError(
      'The environment is wrong:\n  ADMIN_TOKEN is required with DATABASE_URL (32 characters or more)',
    );
  }
  if (isEmbedded && values.ROLE !== 'all') {
    throw new ConfigError(
      'The environment is wrong:\n  ROLE must be all without DATABASE_URL: the embedded database has one process',
    );
  }
  return {
    ...values,
    dataDir: resolve(values.DATA_DIR),
    publicUrl: values.PUBLIC_URL?.replace(/\/+$/, ''),
    corsOrigins: values.CORS_ORIGINS.split(',')
      .map((origin) => origin.trim())
      .filter(Boolean),
    isEmbedded,
  };
}
