import type { Json } from '../../kernel/canonical.ts';
import { addMs, DAY_MS } from '../../kernel/time.ts';
import type { FlagFacts } from './flag.ts';

/** A tenant's own value for a flag of the installation. */
export interface FlagOverride {
  readonly value: Json;
  readonly version: number;
  readonly updatedAt: Date;
  readonly updatedBy: string;
}

/** A flag as one tenant sees it. */
export interface Flag extends FlagFacts {
  /** Whose it is: the tenant's, or the installation's. */
  readonly tenantId: string;
  readonly description: string;
  readonly override?: FlagOverride;
  readonly isSystem: boolean;
  /** Values that need a reason to be served. */
  readonly protection: { readonly needReason: readonly Json[] } | null;
  readonly needsApproval: boolean;
  readonly owner: string | null;
  readonly expiresAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly updatedBy: string;
  /** Precise to an hour; of a flag of the installation only the installation knows it. */
  readonly lastEvaluatedAt: Date | null;
}

const UNUSED_DAYS = 30;

/** Whether somebody should take it out: past its date, or not asked for in 30 days (spec k.1). */
export function isStale(flag: Flag, now: Date, tenantId: string): boolean {
  if (flag.expiresAt !== null && flag.expiresAt <= now) return true;
  if (flag.tenantId !== tenantId || flag.isSystem) return false;
  return (flag.lastEvaluatedAt ?? flag.createdAt) < addMs(now, -UNUSED_DAYS * DAY_MS);
}
