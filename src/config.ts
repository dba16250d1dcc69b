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

const text = () => z.string().trim().min(1, 'must not be empty').optional();

const email = () =>
  z
    .string()
    .refine(
      (list) => list.split(',').every((one) => /^(?:[^<>@]*<)?[^\s<>@,]+@[^\s<>@,]+>?$/.test(one.trim())),
      'must be an e-mail address (several are separated by commas)',
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
  SLACK_WEBHOOK_URL: url(['http:', 'https:'], 'https://hooks.slack.com/services/…'),
  TELEGRAM_BOT_TOKEN: text(),
  TELEGRAM_CHAT_ID: text(),
  RESEND_API_KEY: text(),
  RECEIVING_EMAIL: email(),
  SENDING_EMAIL: email(),
  SMTP_URL: url(['smtp:', 'smtps:'], 'smtps://user:password@host:465'),
  NOTION_TOKEN: text(),
  NOTION_DATABASE_ID: text(),
  WHATSAPP_TOKEN: text(),
  WHATSAPP_PHONE_ID: text(),
  WHATSAPP_APP_SECRET: text(),
  WHATSAPP_VERIFY_TOKEN: text(),
  WHATSAPP_RECIPIENT: text(),
  WHATSAPP_TEMPLATE: text(),
  TELEGRAM_API_BASE: url(['http:', 'https:'], 'https://api.telegram.org'),
  RESEND_API_BASE: url(['http:', 'https:'], 'https://api.resend.com'),
  WHATSAPP_API_BASE: url(['http:', 'https:'], 'https://graph.facebook.com/v23.0'),
  NOTION_API_BASE: url(['http:', 'https:'], 'https://api.notion.com'),
  ALLOW_PRIVATE_ADDRESSES: z.enum(['true', 'false', '1', '0'], { error: 'must be true or false' }).optional(),
  KEY_PEPPER: z.string().min(16, 'must have at least 16 characters').optional(),
  ROLE: z.enum(['web', 'worker', 'all'], { error: 'must be web, worker or all' }).default('all'),
  DEMO: flag(true),
  AUTOMATION_ENABLED: flag(true),
  JOBS_DISABLED: z.string().default(''),
  KEY_ROTATION_CRITICAL_DAYS: whole(30, 1, 365),
  KEY_ROTATION_HIGH_DAYS: whole(60, 1, 365),
  KEY_ROTATION_MEDIUM_DAYS: whole(90, 1, 365),
  KEY_ROTATION_LOW_DAYS: whole(180, 1, 365),
  FLAG_DRONE_DELIVERY_ENABLED: flag(false),
  CHECK_INTERVAL_MINUTES: whole(30, 1, 1440),
  HEALTH_CHECK_INTERVAL_HOURS: whole(1, 1, 12),
  EVENT_RETENTION_HOURS: whole(24, 1, 8760),
  DECISION_RETENTION_DAYS: whole(400, 30, 36_500),
  INCIDENT_RETENTION_DAYS: whole(400, 30, 36_500),
  REPORT_RETENTION_DAYS: whole(400, 30, 36_500),
  HEALTH_CHECK_TIMEOUT_SECONDS: whole(5, 1, 60),
  BODY_LIMIT_BYTES: whole(1_048_576, 1024, 104_857_600),
  RATE_LIMIT_PER_MINUTE: whole(6000, 1, 10_000_000),
  REQUEST_TIMEOUT_SECONDS: whole(30, 1, 3600),
  CONNECTIONS_PER_ADDRESS: whole(5000, 1, 1_000_000),
  CONNECTIONS_PER_KEY: whole(1000, 1, 1_000_000),
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
  /** Names of jobs that never run here. */
  jobsDisabled: string[];
  /** Address under which customers reach the installation, without a slash at its end; undefined: where it listens. */
  publicUrl: string | undefined;
  /** Whether tenants may have addresses of the inner network called; by default only without DATABASE_URL. */
  allowPrivateAddresses: boolean;
  /** True when the database runs inside this process. */
  isEmbedded: boolean;
  /** Days between rotations of keys, by security level. */
  keyIntervals: { CRITICAL: number; HIGH: number; MEDIUM: number; LOW: number };
}

/** What all instances on one server database must be given, the same to each: nothing can make it up for them. */
const SHARED_SECRETS = {
  ADMIN_TOKEN: 'is required with DATABASE_URL (32 characters or more)',
  KEY_PEPPER:
    'is required with DATABASE_URL (16 characters or more): it seals tenants’ credentials, signs offer links and hashes keys',
};
type SharedSecret = keyof typeof SHARED_SECRETS;

/** What a command line is told from outside; it does the product's work, but lets nobody in. */
export const readCommandLineConfig = (): Config => readConfig(process.env, ['KEY_PEPPER']);

/** What a migration is told from outside: it opens nothing that is sealed. */
export const readMigrationConfig = (): Config => readConfig(process.env, []);

/** A wrong environment; the message names every wrong variable. */
export class ConfigError extends Error {}

/** Reads and checks the environment. Empty values count as unset. `needed` is what a server database asks for. */
export function readConfig(
  env: NodeJS.ProcessEnv = process.env,
  needed: readonly SharedSecret[] = ['ADMIN_TOKEN', 'KEY_PEPPER'],
): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.')} ${issue.message}`);
    throw new ConfigError(`The environment is wrong:\n${lines.join('\n')}`);
  }
  const values = parsed.data;
  const isEmbedded = values.DATABASE_URL === undefined;
  const missing = isEmbedded ? [] : needed.filter((name) => values[name] === undefined);
  if (missing.length > 0) {
    const lines = missing.map((name) => `  ${name} ${SHARED_SECRETS[name]}`);
    throw new ConfigError(`The environment is wrong:\n${lines.join('\n')}`);
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
    jobsDisabled: values.JOBS_DISABLED.split(',')
      .map((name) => name.trim())
      .filter(Boolean),
    allowPrivateAddresses: values.ALLOW_PRIVATE_ADDRESSES
      ? /^(true|1)$/.test(values.ALLOW_PRIVATE_ADDRESSES)
      : isEmbedded,
    isEmbedded,
    keyIntervals: {
      ...{ CRITICAL: values.KEY_ROTATION_CRITICAL_DAYS, HIGH: values.KEY_ROTATION_HIGH_DAYS },
      ...{ MEDIUM: values.KEY_ROTATION_MEDIUM_DAYS, LOW: values.KEY_ROTATION_LOW_DAYS },
    },
  };
}
