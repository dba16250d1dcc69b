import type { HealthReport } from './component.ts';

/** Reports remembered per tenant (spec j.1), and of all tenants together. */
const PER_TENANT = 100;
const ALL = 5_000;

/** The latest reports of this process, for trends while the database is away; the tenant asked longest ago goes first. */
const remembered = new Map<string, HealthReport[]>();
let size = 0;

/** Remembers a report, newest last. */
export function remember(tenantId: string, report: HealthReport): void {
  const reports = remembered.get(tenantId) ?? [];
  remembered.delete(tenantId);
  remembered.set(tenantId, reports);
  reports.push(report);
  size++;
  if (reports.length > PER_TENANT) {
    reports.shift();
    size--;
  }
  for (const [oldest, theirs] of remembered) {
    if (size <= ALL || oldest === tenantId) break;
    remembered.delete(oldest);
    size -= theirs.length;
  }
}

/** What this process remembers of a tenant, oldest first. */
export const recall = (tenantId: string): readonly HealthReport[] => remembered.get(tenantId) ?? [];
