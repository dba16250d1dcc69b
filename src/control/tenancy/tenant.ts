import { isCurrency } from '../../kernel/currencies.ts';
import { ValidationError } from '../../kernel/errors.ts';
import { checkText } from '../../kernel/text.ts';
import { isTimeZone } from '../../kernel/time.ts';
import type { TenantInfo } from '../../platform/scope.ts';

/** Seed names kept for hosts of the product itself (spec i.3). */
const RESERVED = new Set([
  'www',
  'api',
  'admin',
  'app',
  'mail',
  'status',
  'graphql',
  'docs',
  'support',
  'root',
  'platform',
]);
const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])$/;

export const PLAN_TIERS = ['STARTER', 'PROFESSIONAL', 'ENTERPRISE'] as const;
export type PlanTier = (typeof PLAN_TIERS)[number];

/** A tenant as the directory knows it. */
export interface TenantRow extends TenantInfo {
  planTier: PlanTier;
  engineStatus: 'RUNNING' | 'STOPPED';
  cycleIntervalSec: number;
  cycleMinute: number;
  isDemo: boolean;
  createdAt: Date;
}

export interface NewTenant {
  slug: string;
  name: string;
  timeZone?: string | null | undefined;
  reportingCurrency?: string | null | undefined;
  planTier?: PlanTier | null | undefined;
  cycleIntervalSec?: number | null | undefined;
  isDemo?: boolean;
}

/** Refuses what must not become a tenant, naming the field. */
export function checkTenant(input: NewTenant): void {
  const { slug, name, timeZone, reportingCurrency, cycleIntervalSec } = input;
  if (!SLUG.test(slug) || slug.startsWith('xn--')) {
    throw new ValidationError(
      'slug',
      'A slug is 2 to 63 lower-case letters, digits and hyphens, e.g. "acme-shop".',
    );
  }
  if (RESERVED.has(slug)) throw new ValidationError('slug', `"${slug}" is reserved; choose another slug.`);
  checkText(name, 'name', 200, 1);
  if (timeZone != null && !isTimeZone(timeZone)) {
    throw new ValidationError('timeZone', `"${timeZone}" is not an IANA time zone such as "Europe/London".`);
  }
  if (reportingCurrency != null && !isCurrency(reportingCurrency)) {
    throw new ValidationError(
      'reportingCurrency',
      `"${reportingCurrency}" is not an ISO 4217 code such as "EUR".`,
    );
  }
  if (
    cycleIntervalSec != null &&
    (cycleIntervalSec < 60 || cycleIntervalSec > 86_400 || cycleIntervalSec % 60 !== 0)
  ) {
    throw new ValidationError('cycleIntervalSec', 'An interval is whole minutes, from 60 to 86400 seconds.');
  }
}
